// The annotate page's status: one message and the state of the rating, both also read aloud.

/** @import { DeliveryState } from "./delivery.js" */

import { find } from "../base/elements.js";
import { nameOfKey } from "../base/keys.js";
import { t } from "../base/translation.js";

/**
 * What is still missing of a rating: a choice by its code, "region" or "outline"; and how to ask for it.
 * @typedef {{ what: string, says: string }} Missing
 */

const BESIDE_QUEUE = 60; // characters that fit there in two lines; longer texts are shown below the photo
// Where the photo may be scrolled out of sight, messages lie above the button that saves.
const ABOVE_BUTTON = window.matchMedia("(max-width: 60rem) and (orientation: portrait), (max-width: 34rem)");

export class Status {
  #done = ""; // what was done last
  /** @type {(() => unknown) | null} */
  #undo = null;
  #message = find("#message", HTMLElement);
  #state = find("#state", HTMLElement);
  #told = find("#told", HTMLElement);
  #besideQueue = find(".queues", HTMLElement);

  constructor() {
    this.#placeMessages();
    ABOVE_BUTTON.addEventListener("change", () => this.#placeMessages());
    window.addEventListener("reachable", () => {
      if (this.#message.matches(".unreachable")) this.say(t("The server is back: try again."));
    });
  }

  get done() {
    return this.#done;
  }

  set done(text) {
    this.note(text);
  }

  /**
   * Note what was done last, and how to undo it.
   * @param {string} text
   * @param {(() => unknown) | null} [undo]
   */
  note(text, undo = null) {
    this.#done = text;
    this.#undo = undo;
  }

  /** Undo what was done last; false if there is nothing to undo. */
  undo() {
    if (!this.#undo) return false;
    this.#undo();
    return true;
  }

  /**
   * @param {string} text empty to remove the message
   * @param {...(Node | string)} more
   */
  say(text, ...more) {
    this.#message.replaceChildren(...(text ? [text, ...more] : []));
    this.#message.className = text ? "notice problem" : "";
    delete this.#message.dataset.missing;
  }

  /** @param {Missing} missing */
  ask({ what, says }) {
    this.say(says);
    this.#message.dataset.missing = what;
  }

  /**
   * Every page's notice of a lost connection hides this message and replaces it.
   * @param {string} text
   */
  sayUnreachable(text) {
    this.say(text);
    this.#message.classList.add("unreachable");
  }

  /**
   * Show the state of the rating.
   * @param {DeliveryState} state
   * @param {{ isDirty: boolean, keepsDrafts: boolean }} rating
   */
  tell(state, { isDirty, keepsDrafts }) {
    const isDraft = !state && isDirty;
    const says = this.#textOf(state, isDraft, keepsDrafts);
    this.#state.replaceChildren(says, ...(says && says === this.#done && this.#undo ? [this.#undoButton()] : []));
    this.#state.dataset.state = state || (isDraft ? "draft" : "");
    this.#place(says.length > BESIDE_QUEUE);
    if (state === "offline") this.#told.textContent = says;
  }

  #undoButton() {
    const facts = { type: /** @type {const} */ ("button"), className: "quiet", textContent: t("Undo") };
    const button = Object.assign(document.createElement("button"), facts);
    button.addEventListener("click", () => this.undo());
    return button;
  }

  /** @param {boolean} isLong */
  #place(isLong) {
    if (isLong === this.#state.hasAttribute("data-long")) return;
    this.#state.toggleAttribute("data-long", isLong);
    this.#placeMessages();
  }

  #placeMessages() {
    const place = find(ABOVE_BUTTON.matches ? ".main-action" : ".under-stage", HTMLElement);
    place.prepend(this.#message);
    if (this.#state.hasAttribute("data-long")) this.#message.after(this.#state);
    else this.#besideQueue.after(this.#state);
  }

  /**
   * Announce to screen readers what was done and what comes next.
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
      return t("Offline: the rating is kept here and saved as soon as the server responds. Press %(key)s to try now.", {
        key: nameOfKey("save", "enter"),
      });
    if (this.done || !isDraft) return this.done;
    return keepsDrafts ? t("Not saved yet; a draft is kept.") : t("Not saved yet; this browser keeps no drafts.");
  }
}
