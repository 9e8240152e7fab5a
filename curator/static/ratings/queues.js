// The rater's progress in this queue and the others; counted separately, so that no photo waits for it.

/** @import { Photo, QueueCounts } from "../base/answers.js" */

import { read } from "../base/api.js";
import { find, findAll } from "../base/elements.js";
import { number, t } from "../base/translation.js";

const LATER_MS = 2000;

/**
 * The counts of a queue with one photo fewer left.
 * @param {QueueCounts} counts
 * @returns {QueueCounts}
 */
export function oneLess({ left, total }) {
  return { left: Math.max(0, left - 1), total };
}

/**
 * The value of the page's progress bar.
 * @param {QueueCounts} counts
 */
export function progressOf({ left, total }) {
  return { value: total - left, max: total || 1, hidden: false };
}

export class QueueProgress {
  text = "";
  #address;
  #queue;
  /** @type {QueueCounts | null} */
  #counts = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;

  /**
   * @param {string} address
   * @param {string} queue
   */
  constructor(address, queue) {
    this.#address = address;
    this.#queue = queue;
  }

  /** A list that one goes through has no counts. */
  async read() {
    if (!this.#address) return;
    const counts = await read(this.#address).catch(() => null); // the next request will tell
    if (counts) this.#show(counts);
  }

  /**
   * One photo fewer is left; ask the server again a while later.
   * @param {Photo} photo
   */
  noteSaved(photo) {
    if (this.#counts && this.#queue === "unrated" && !photo.own) this.#show(oneLess(this.#counts));
    this.readLater();
  }

  readLater() {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.read(), LATER_MS);
  }

  /** @param {QueueCounts} counts */
  #show(counts) {
    this.#counts = counts;
    this.text = t("%(left)s of %(total)s left", { left: number(counts.left), total: number(counts.total) });
    find("#left", Element).textContent = this.text;
    Object.assign(find("#progress", HTMLProgressElement), progressOf(counts));
  }
}

/**
 * Fill the counts of a menu of queues when it is opened.
 * @param {HTMLDetailsElement} menu
 */
export function showCounts(menu) {
  menu.addEventListener("toggle", () => {
    if (menu.open) for (const link of findAll("a[data-counts]", HTMLElement, menu)) showLeft(link);
  });
}

/** @param {HTMLElement} link */
async function showLeft(link) {
  const counts = await read(link.dataset.counts ?? "").catch(() => null); // the queue can be opened without counts
  if (counts) find(".number", Element, link.parentElement ?? link).textContent = number(counts.left);
}
