// Saves the current rating and moves on; says why saving failed and what can be done.

/** @import { Photo } from "../base/answers.js" */
/** @import { CurrentPhoto } from "./current-photo.js" */
/** @import { Delivery } from "./delivery.js" */
/** @import { QueueProgress } from "./queues.js" */
/** @import { RatingEditor } from "./rating-editor.js" */
/** @import { Status } from "./status.js" */

import { refusalOf } from "../base/api.js";
import { find } from "../base/elements.js";
import { t } from "../base/translation.js";
import { askWhich } from "./conflict.js";
import { DeliveryAbandoned, RatingStale } from "./delivery.js";
import { fromServer } from "./entry.js";

const SIGNED_OUT = 401;
const ON_REGION = ["region", "over eyes"]; // kinds of refusal

/**
 * The parts of the page that saving works with.
 * @typedef {object} Parts
 * @property {CurrentPhoto} current
 * @property {RatingEditor} rating
 * @property {Delivery} delivery
 * @property {QueueProgress} progress
 * @property {Status} status
 */

export class Saving {
  #parts;
  #isRuling;

  /**
   * @param {Parts} parts
   * @param {{ isRuling: boolean }} what whether a ruling is saved, which leads to the page of all ratings
   */
  constructor(parts, { isRuling }) {
    this.#parts = parts;
    this.#isRuling = isRuling;
  }

  /** Whether changes are blocked now: the page is moving to another photo, or a rating is being sent. */
  get isFrozen() {
    const { current, delivery } = this.#parts;
    return current.isMoving || delivery.state === "saving";
  }

  async save() {
    if (this.isFrozen) return;
    const { current, rating, delivery, status } = this.#parts;
    if (delivery.state === "offline") return delivery.again();
    const missing = rating.missing();
    if (missing) return status.ask(missing);
    status.say("");
    try {
      await this.#deliver();
    } catch (error) {
      if (!(error instanceof DeliveryAbandoned)) await this.explain(error);
    } finally {
      current.isMoving = false;
    }
  }

  async #deliver() {
    const { current, rating, delivery } = this.#parts;
    const { photo } = current;
    await delivery.run(
      photo.address,
      () => rating.fields,
      () => rating.value,
    );
    current.isMoving = true;
    this.#noteSaved(photo);
    if (this.#isRuling) current.leave(photo.addresses.saved);
    else await current.goOn(photo.addresses.saved);
  }

  /** @param {Photo} photo */
  #noteSaved(photo) {
    const { rating, progress, status } = this.#parts;
    rating.noteSaved();
    status.done = t("Photo %(id)s was saved.", { id: photo.id });
    progress.noteSaved(photo);
  }

  /**
   * Say why something was refused, and what can be done.
   * @param {unknown} error
   */
  async explain(error) {
    const { status } = this.#parts;
    const refused = refusalOf(error);
    if (refused.status === SIGNED_OUT) return this.#askToSignIn();
    if (refused.kind === "offline") return status.sayUnreachable(refused.message);
    if (ON_REGION.includes(refused.kind ?? "")) this.#parts.rating.noteRefusedRegion();
    if (refused.kind === "over eyes") return status.say(refused.message, " ", this.#overEyes());
    if (error instanceof RatingStale && error.photo.own) return this.#chooseVersion(error.photo);
    status.say(refused.message);
  }

  #askToSignIn() {
    const back = new URLSearchParams({ next: location.pathname + location.search });
    const facts = { href: `/signin?${back}`, target: "_blank", textContent: t("sign in in a new tab") };
    const link = Object.assign(document.createElement("a"), facts);
    this.#parts.status.say(
      t("You are no longer signed in. What you entered is still here: "),
      link,
      t(", then save again."),
    );
  }

  #overEyes() {
    const facts = { type: /** @type {const} */ ("button"), textContent: t("Save anyway") };
    const button = Object.assign(document.createElement("button"), facts);
    button.addEventListener("click", () => {
      this.#parts.rating.insistOnEyes();
      this.save();
    });
    return button;
  }

  /**
   * The rating was saved elsewhere in the meantime: show both versions and let the rater choose.
   * @param {Photo} newer
   */
  async #chooseVersion(newer) {
    const { current, rating, status } = this.#parts;
    if (!newer.own) return;
    status.say(
      t(
        "This photo has been rated in the meantime, perhaps in another tab. Save again to choose which version to keep.",
      ),
    );
    const versions = { mine: rating.value, theirs: fromServer(newer.own) };
    const { choices } = rating;
    const choice = await askWhich(find("#conflict", HTMLDialogElement), { photo: current.photo, ...versions, choices });
    if (choice === "keep") {
      rating.insistOver(newer.version);
      this.save();
    } else if (choice === "take") {
      current.photo = newer;
      rating.dropDraft();
      rating.open(newer);
    }
  }
}
