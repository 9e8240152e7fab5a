// What the annotate page tells: one message, how far the rating is, and both aloud.

/** @import { DeliveryState } from "./delivery.js" */

import { find } from "./elements.js";
import { t } from "./translation.js";

export class Status {
  done = ""; // what was done last
  #message = find("#message", HTMLElement);
  #state = find("#state", HTMLElement);
  #told = find("#told", HTMLElement);

  constructor() {
    window.addEventListener("reachable", () => {
      if (this.#message.matches(".unreachable")) this.say(t("The server is back: try again."));
    });
  }

  /**
   * @param {string} text empty to take the message away
   * @param {...(Node | string)} more
   */
  say(text, ...more) {
    this.#message.replaceChildren(...(text ? [text, ...more] : []));
    this.#message.className = text ? "notice problem" : "";
  }

  /**
   * What every page tells of a lost connection hides this, and takes its place.
   * @param {string} text
   */
  sayUnreachable(text) {
    this.say(text);
    this.#message.classList.add("unreachable");
  }

  /**
   * Tell how far the rating is.
   * @param {DeliveryState} state
   * @param {{ isDirty: boolean, keepsDrafts: boolean }} rating
   */
  tell(state, { isDirty, keepsDrafts }) {
    const isDraft = !state && isDirty;
    this.#state.textContent = this.#textOf(state, isDraft, keepsDrafts);
    this.#state.dataset.state = state || (isDraft ? "draft" : "");
    if (state === "offline") this.#told.textContent = this.#state.textContent;
  }

  /**
   * Tell who listens what was done, and what is in hand now.
   * @param {...string} now
   */
  announce(...now) {
    this.#told.textContent = [this.done, ...now].filter(Boolean).join(" ");
  }

  /**
   * @param {DeliveryState} state
   * @param {boolean} isDraft
   * @param {boolean} keepsDrafts
   */
  #textOf(state, isDraft, keepsDrafts) {
    if (state === "saving") return t("Saving…");
    if (state === "offline")
      return t("Offline: the rating is kept here and saved as soon as the server responds. Press Enter to try now.");
    if (this.done || !isDraft) return this.done;
    return keepsDrafts ? t("Not saved yet; a draft is kept.") : t("Not saved yet; this browser keeps no drafts.");
  }
}
