// Remembers across reloads of the inbox where this tab's files went and how many were done.

/** @import { Uploads } from "./uploads.js" */

import { find } from "../base/elements.js";
import { number, t } from "../base/translation.js";

/** @typedef {{ page: string, all: number, done: number }} UnfinishedUpload */

const KEY = "malar-upload";

/** @param {Uploads} uploads */
export function rememberUpload({ left, entries }) {
  const page = entries.at(-1)?.batch.addresses?.page;
  if (!left) return sessionStorage.removeItem(KEY);
  /** @type {UnfinishedUpload} */
  const unfinished = { page: page ?? "", all: entries.length, done: entries.length - left };
  if (page) sessionStorage.setItem(KEY, JSON.stringify(unfinished));
}

export function tellUnfinishedUpload() {
  /** @type {UnfinishedUpload | null} */
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  if (!kept) return;
  const counts = { done: number(kept.done), all: number(kept.all) };
  find("#unfinished-how", HTMLElement).textContent = t(
    "Reloading the page interrupted the upload after %(done)s of %(all)s files. The imported files are kept.",
    counts,
  );
  find("#unfinished-batch", HTMLAnchorElement).href = kept.page;
  find("#unfinished", HTMLElement).hidden = false;
}
