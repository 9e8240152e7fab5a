// Changes to the current photo other than its rating: same person, exclude, include again.

/** @import { Photo } from "../base/answers.js" */
/** @import { CurrentPhoto } from "./current-photo.js" */
/** @import { Draft } from "./drafts.js" */
/** @import { QueueProgress } from "./queues.js" */
/** @import { RatingEditor } from "./rating-editor.js" */

import { refusalOf, send } from "../base/api.js";
import { find } from "../base/elements.js";
import { ask } from "../base/question.js";
import { layDoubted } from "../pairs/doubted.js";

export class PhotoChanges {
  #current;
  #rating;
  #progress;
  #done;
  /** @type {Draft | null} of the photo that was excluded last */
  #draft = null;
  #undoAddress;

  /**
   * `done(said, undo)` receives the outcome of a change, and what undoes it if it can be undone here.
   * @param {CurrentPhoto} current
   * @param {RatingEditor} rating
   * @param {QueueProgress} progress
   * @param {string} undoAddress
   * @param {(said: string, undo: (() => Promise<void>) | null) => void} done
   */
  constructor(current, rating, progress, undoAddress, done) {
    this.#current = current;
    this.#rating = rating;
    this.#progress = progress;
    this.#undoAddress = undoAddress;
    this.#done = done;
  }

  /** Record that this photo shows the same person as the previous one; false if the user cancelled. */
  async joinPerson() {
    const { photo, before } = this.#current;
    const data = new FormData();
    if (before) data.set("other", String(before.id));
    return this.#postAsking(photo.addresses.same_person, data);
  }

  /** @param {FormData} reason */
  async exclude(reason) {
    const { exclude, skip } = this.#current.photo.addresses;
    if (!(await this.#postAsking(exclude, reason))) return;
    this.#draft = this.#rating.dropDraft();
    this.#progress.readLater();
    await this.#current.goOn(skip);
  }

  /**
   * Post a form of the photo's notices, then show the updated photo.
   * @param {HTMLFormElement} form
   */
  async settle(form) {
    await this.#post(form.action, new FormData(form));
    await this.#current.goTo(this.#current.photo.address, { push: false });
  }

  /**
   * Post, or ask the server's question and post its answer; false if the user cancelled.
   * @param {string} address
   * @param {FormData} data
   * @returns {Promise<boolean>}
   */
  async #postAsking(address, data) {
    try {
      await this.#post(address, data);
      return true;
    } catch (error) {
      const { question } = refusalOf(error);
      if (!question) throw error;
      const confirmed = await ask(find("#question", HTMLDialogElement), question, layOpen);
      return confirmed !== null && this.#postAsking(address, confirmed);
    }
  }

  /**
   * @param {string} address
   * @param {FormData} data
   */
  async #post(address, data) {
    const { photo } = this.#current;
    const { said, undo } = await send(address, data);
    this.#draft = null;
    this.#done(said, undo?.length ? () => this.#undo(undo, photo) : null);
  }

  /**
   * Undo a change by its events, and show the photo that it was about, with the draft that it had.
   * @param {number[]} events
   * @param {Photo} photo
   */
  async #undo(events, photo) {
    const data = new FormData();
    for (const event of events) data.append("event", String(event));
    const { said } = await send(this.#undoAddress, data);
    if (this.#draft) this.#rating.restoreDraft(photo.id, this.#draft);
    this.#progress.readLater();
    await this.#current.goTo(photo.address);
    this.#done(said, null);
  }
}

/**
 * Lay the photos of a question over each other while it is open; its keys change the view.
 * @param {HTMLDialogElement} dialog
 */
function layOpen(dialog) {
  const views = layDoubted(dialog);
  if (!views) return;
  dialog.addEventListener("close", views.close, { once: true });
  /** @type {Record<string, () => unknown>} */
  const keys = { x: views.difference, f: views.flicker, o: views.other };
  return (/** @type {string} */ key) => keys[key]?.();
}
