// Sends changes to the server and tells failures apart; knows nothing of any page.

import { t } from "./words.js";

export class Refused extends Error {
  constructor(message, status, kind) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

const tokenTag = () => document.querySelector('meta[name="csrf-token"]');

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Refused(t("The server cannot be reached. Nothing is lost: try again in a moment."), 0, "offline");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) {
    throw new Refused(answer?.error ?? t("The server gave an answer that this page does not understand."), response.status, answer?.kind);
  }
  return answer;
}

function post(address, data, keepalive) {
  const headers = { Accept: "application/json", "X-CSRFToken": tokenTag()?.content ?? "" };
  return ask(address, { method: "POST", body: data, headers, keepalive });
}

/** Fetch what the server tells scripts at an address. */
export function read(address) {
  return ask(address, { headers: { Accept: "application/json" } });
}

/** Fetch this page as it would be now, without leaving it. */
export async function freshPage() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** Post a form's fields; returns the server's answer or throws Refused. `keepalive` lets it outlive the page. */
export async function send(address, data, { keepalive = false } = {}) {
  data.delete("csrf_token"); // the header carries it, and may be newer
  try {
    return await post(address, data, keepalive);
  } catch (refused) {
    if (refused.kind !== "old page") throw refused;
    // Signed in anew in another tab: take the new token and try once more.
    const token = (await freshPage()).querySelector('meta[name="csrf-token"]')?.content;
    if (!token) throw refused;
    tokenTag().content = token;
    return post(address, data, keepalive);
  }
}
