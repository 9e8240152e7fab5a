// How far the rater is with the queue in hand and with the others; counted apart, so that no photo waits for it.

import { read } from "./api.js";
import { number, t } from "./translation.js";

const LATER_MS = 2000;

export class QueueProgress {
  constructor(address, queue) {
    Object.assign(this, { address, queue, text: "" });
  }

  async read() {
    try {
      this.counts = await read(this.address);
    } catch {
      return; // the next time tells
    }
    this.#show();
  }

  /** One photo less waits; a while later the server is asked again. */
  noteSaved(photo) {
    if (this.counts && this.queue === "unrated" && !photo.own) {
      this.counts.left = Math.max(0, this.counts.left - 1);
      this.#show();
    }
    this.readLater();
  }

  readLater() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.read(), LATER_MS);
  }

  #show() {
    const { left, total } = this.counts;
    this.text = t("%(left)s of %(total)s left", { left: number(left), total: number(total) });
    document.querySelector("#left").textContent = this.text;
    const progress = document.querySelector("#progress");
    Object.assign(progress, { value: total - left, max: total || 1, hidden: false });
  }
}

/** Fill the counts of a menu of queues when it is opened. */
export function showCounts(menu) {
  menu?.addEventListener("toggle", () => {
    if (!menu.open) return;
    for (const link of menu.querySelectorAll("a[data-counts]")) {
      read(link.dataset.counts).then(
        ({ left }) => (link.parentElement.querySelector(".number").textContent = number(left)),
        () => {}, // the queue can be opened without
      );
    }
  });
}
