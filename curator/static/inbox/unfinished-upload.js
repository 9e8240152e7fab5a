// Remembers across a reload of the inbox which files of this tab's uploads were still to go; the server knows how many came.

/** @import { Batch, Uploads } from "./uploads.js" */

import { read } from "../base/api.js";
import { find } from "../base/elements.js";
import { number, t } from "../base/translation.js";

/** @typedef {{ page: string, files: number, names: string[] }} UnfinishedBatch */

const KEY = "malar-upload";
const NAMED = 10; // files
const KEPT = 1000; // names

/** @param {Uploads} uploads */
export function rememberUpload({ left, entries }) {
  if (!left) return sessionStorage.removeItem(KEY);
  /** @type {Map<Batch, UnfinishedBatch>} */
  const unfinished = new Map();
  for (const { batch, path, state } of entries) {
    const { page } = batch.addresses ?? {};
    if (!page) continue; // nothing of it has been sent
    const kept = unfinished.get(batch) ?? { page, files: 0, names: [] };
    unfinished.set(batch, kept);
    kept.files += 1;
    if (["waiting", "sending"].includes(state) && kept.names.length < KEPT) kept.names.push(path);
  }
  sessionStorage.setItem(KEY, JSON.stringify([...unfinished.values()].filter(({ names }) => names.length)));
}

export async function tellUnfinishedUpload() {
  /** @type {UnfinishedBatch[]} */
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  if (!kept.length) return;
  /** @type {{ missing: number }[]} */
  const counts = await Promise.all(kept.map(({ page }) => read(page)));
  const missing = counts.reduce((sum, each) => sum + each.missing, 0);
  if (!missing) return sessionStorage.removeItem(KEY);
  const files = kept.reduce((sum, each) => sum + each.files, 0);
  find("#unfinished-how", HTMLElement).textContent = t(
    "The upload was interrupted after %(done)s of %(all)s files. The imported files are kept.",
    { done: number(files - missing), all: number(files) },
  );
  find("#unfinished-names", HTMLElement).textContent = named(kept.flatMap(({ names }) => names));
  find("#unfinished-batch", HTMLAnchorElement).href = kept[0]?.page ?? "";
  find("#unfinished", HTMLElement).hidden = false;
}

/** @param {string[]} names */
function named(names) {
  const shown = names.slice(0, NAMED).join(", ");
  const more = names.length - NAMED;
  return more > 0 ? t("%(names)s and %(more)s more", { names: shown, more: number(more) }) : shown;
}
