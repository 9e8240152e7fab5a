// Sends changes to the server and tells failures apart; knows nothing of any page.

import { t } from "./translation.js";

export class Refused extends Error {
  constructor(message, status, kind) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

export const csrfToken = () => tokenTag()?.content ?? "";

const tokenTag = () => document.querySelector('meta[name="csrf-token"]');

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    window.dispatchEvent(new Event("unreachable"));
    throw new Refused(t("The server cannot be reached. Nothing is lost: try again in a moment."), 0, "offline");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) {
    throw new Refused(
      answer?.error ?? t("The server gave an answer that this page does not understand."),
      response.status,
      answer?.kind,
    );
  }
  return answer;
}

function post(address, data) {
  return ask(address, {
    method: "POST",
    body: data,
    headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
  });
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

/** Post a form's fields, by `via` where that is given; returns the server's answer or throws Refused. */
export async function send(address, data, via = post) {
  data.delete("csrf_token"); // the header carries it, and may be newer
  try {
    return await via(address, data);
  } catch (refused) {
    if (refused.kind !== "old page") throw refused;
    // Signed in anew in another tab: take the new token and try once more.
    const token = (await freshPage()).querySelector('meta[name="csrf-token"]')?.content;
    if (!token) throw refused;
    tokenTag().content = token;
    return via(address, data);
  }
}
