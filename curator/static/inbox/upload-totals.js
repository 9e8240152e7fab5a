// The inbox's summary of all files: how many, their progress, and what can be done next.

/** @import { Refused } from "../base/api.js" */
/** @import { Uploads } from "./uploads.js" */

import { freshPage } from "../base/api.js";
import { find } from "../base/elements.js";
import { number, t, tn } from "../base/translation.js";

const TELL_EVERY_MS = 5_000; // screen readers hear the end at once, progress only now and then
const COUNT_EVERY_MS = 1_000; // all files are looked at
const FEW = 2; // files are needed for a filter
const MB = 1e6;

/** @param {string} id */
const part = (id) => find(`#${id}`, HTMLElement);

export class UploadTotals {
  ignored = 0; // hidden files, which are not sent
  lookAlikes = 0;
  #told = 0; // when screen readers were last told
  #counted = 0; // when the filter was last counted
  #progress = find("#progress", HTMLProgressElement);
  #uploads;

  /** @param {Uploads} uploads */
  constructor(uploads) {
    this.#uploads = uploads;
  }

  draw() {
    const { counts, left, sizeBytes, sentBytes, paused, entries } = this.#uploads;
    Object.assign(this.#progress, { max: Math.max(sizeBytes, 1), value: sentBytes, hidden: left === 0 });
    part("stop").hidden = left === 0;
    part("sent").textContent = left ? sentOf(sentBytes, sizeBytes) : "";
    part("after").hidden = left > 0;
    part("retry-all").hidden = counts.failed < 2;
    part("paused").hidden = !paused;
    part("paused").dataset.status = String(paused?.status ?? "");
    part("paused-why").textContent = paused ? why(paused) : "";
    part("to-pairs").hidden = this.lookAlikes === 0;
    part("to-pairs").textContent = tn(
      "%(num)s pair looks alike: decide",
      "%(num)s pairs look alike: decide",
      this.lookAlikes,
    );
    part("filter").hidden = entries.length < FEW;
    this.#countInFilter();
    Object.assign(part("summary").dataset, counts, { ignored: this.ignored });
    this.say(this.#summary(), left === 0 || Boolean(paused));
    if (left === 0) showLatest();
  }

  #countInFilter() {
    const { counts, entries, left } = this.#uploads;
    if (left && Date.now() - this.#counted < COUNT_EVERY_MS) return;
    this.#counted = Date.now();
    /** @type {Record<string, number>} */
    const shown = { ...counts, "": entries.length, near: entries.filter(({ alike }) => alike?.length).length };
    for (const option of find("#only", HTMLSelectElement).options) {
      option.dataset.name ??= option.text;
      option.text = `${option.dataset.name} (${number(shown[option.value] ?? 0)})`;
    }
  }

  /**
   * @param {string} text
   * @param {boolean} atOnce whether to say it immediately
   */
  say(text, atOnce) {
    part("summary").textContent = text;
    if (!atOnce && Date.now() - this.#told < TELL_EVERY_MS) return;
    this.#told = Date.now();
    if (part("told").textContent !== text) part("told").textContent = text;
  }

  #summary() {
    const { counts, left, entries } = this.#uploads;
    const parts = [
      t("%(count)s added", { count: number(counts.added) }),
      t("%(count)s already there", { count: number(counts.already_there) }),
      t("%(count)s rejected", { count: number(counts.rejected) }),
      t("%(count)s hidden and ignored", { count: number(this.ignored) }),
    ];
    if (counts.failed) parts.push(t("%(count)s not uploaded", { count: number(counts.failed) }));
    if (left) parts.push(t("%(count)s to go", { count: number(left) }));
    const seen = entries.length + this.ignored;
    return tn("%(num)s file seen: %(parts)s.", "%(num)s files seen: %(parts)s.", seen, { parts: parts.join(", ") });
  }
}

/**
 * @param {number} sentBytes
 * @param {number} allBytes
 */
function sentOf(sentBytes, allBytes) {
  const megabytes = { sent: number(Math.round(sentBytes / MB)), all: number(Math.ceil(allBytes / MB)) };
  return t("%(sent)s of %(all)s MB", megabytes);
}

/** @param {Refused} paused */
function why(paused) {
  if (paused.kind === "busy") return t("Other uploads are under way: this one goes on by itself in a moment.");
  if (paused.kind !== "offline") return paused.message;
  return t("The server cannot be reached. Nothing is lost: the upload resumes as soon as the server responds.");
}

/** The table of uploads also lists this one. */
async function showLatest() {
  const page = await freshPage().catch(() => null); // the next visit shows it
  const latest = page?.querySelector("#latest-uploads");
  if (latest) part("latest-uploads").replaceWith(document.adoptNode(latest));
}
