// Sends changes to the server and reports why it refused; independent of any page.

import { findIfAny } from "./elements.js";
import { t } from "./translation.js";

export class Refused extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 if there was no answer
   * @param {string} [kind] from the server, or "offline", "stopped"
   * @param {string} [question] HTML of a question to which the server wants an answer first
   */
  constructor(message, status, kind, question = "") {
    super(message);
    this.status = status;
    this.kind = kind;
    this.question = question;
  }
}

/**
 * Turn any error into a refusal; other errors get neither status nor kind.
 * @param {unknown} error
 */
export function refusalOf(error) {
  if (error instanceof Refused) return error;
  return new Refused(error instanceof Error ? error.message : String(error), 0);
}

export const csrfToken = () => tokenTag()?.content ?? "";

/** @param {Document} [page] */
const tokenTag = (page) => findIfAny('meta[name="csrf-token"]', HTMLMetaElement, page);

/**
 * @param {string} address
 * @param {RequestInit} options
 */
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
    const message = answer?.error ?? t("The server’s answer could not be read.");
    throw new Refused(message, response.status, answer?.kind, answer?.question);
  }
  return answer;
}

/**
 * @param {string} address
 * @param {FormData} data
 */
function post(address, data) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  return ask(address, { method: "POST", body: data, headers });
}

/**
 * Fetch the server's answer to a script; the caller names its shape, from answers.js.
 * @param {string} address
 */
export function read(address) {
  return ask(address, { headers: { Accept: "application/json" } });
}

/** Fetch the current state of this page without leaving it. */
export async function freshPage() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/**
 * Post a form's fields, with `via` if given; returns the server's answer or throws Refused.
 * @param {string} address
 * @param {FormData} data
 * @param {typeof post} [via]
 */
export async function send(address, data, via = post) {
  data.delete("csrf_token"); // the header carries it, and may be newer
  try {
    return await via(address, data);
  } catch (error) {
    if (refusalOf(error).kind !== "old page") throw error;
    // The user signed in again in another tab: take the new token and retry once.
    const [mine, fresh] = [tokenTag(), tokenTag(await freshPage())];
    if (!mine || !fresh?.content) throw error;
    mine.content = fresh.content;
    return via(address, data);
  }
}
