// Sends one rating to the server, retrying while there is no connection. Independent of the page.

/** @import { Entry, Photo } from "../base/answers.js" */

import { Refused, read, refusalOf, send } from "../base/api.js";
import { fromServer, saysTheSame } from "./entry.js";

/** @typedef {"" | "saving" | "offline"} DeliveryState */

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

/** The page moved on while the rating was waiting; it is kept as a draft. */
export class DeliveryAbandoned extends Error {}

/** The photo was rated elsewhere in the meantime; `photo` says how. */
export class RatingStale extends Refused {
  /**
   * @param {Refused} refused
   * @param {Photo} photo
   */
  constructor(refused, photo) {
    super(refused.message, refused.status, refused.kind);
    this.photo = photo;
  }
}

export class Delivery {
  /** @type {DeliveryState} */
  state = "";
  #isAbandoned = false;
  /** @type {(() => void) | null} */
  #wake = null;
  #tell;

  /** @param {(state: DeliveryState) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /**
   * Send until there is an answer. `form()` returns the newest fields, `entry()` their values.
   * Throws Refused, or DeliveryAbandoned after `abandon()`.
   * @param {string} address
   * @param {() => FormData} form
   * @param {() => Entry} entry
   */
  async run(address, form, entry) {
    this.#isAbandoned = false;
    try {
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
        this.#be("saving");
        try {
          return await this.#once(address, form(), entry());
        } catch (error) {
          if (refusalOf(error).kind !== "offline") throw error;
          this.#be("offline");
          await this.#pause(pause);
          if (this.#isAbandoned) throw new DeliveryAbandoned();
        }
      }
    } finally {
      this.#be("");
    }
  }

  /** Retry now if a rating is waiting for the connection. */
  again() {
    this.#wake?.();
  }

  abandon() {
    this.#isAbandoned = true;
    this.again();
  }

  /**
   * @param {string} address
   * @param {FormData} form
   * @param {Entry} entry
   */
  async #once(address, form, entry) {
    try {
      await send(address, form);
    } catch (error) {
      const refused = refusalOf(error);
      if (refused.kind !== "stale") throw error;
      // The answer to an earlier try may have been lost: then the newer version is this one.
      /** @type {Photo} */
      const photo = await read(address);
      if (!photo.own || !saysTheSame(fromServer(photo.own), entry)) throw new RatingStale(refused, photo);
    }
  }

  /** @param {DeliveryState} state */
  #be(state) {
    this.state = state;
    this.#tell(state);
  }

  /** @param {number} ms */
  async #pause(ms) {
    await new Promise((done) => {
      const wake = () => done(null);
      this.#wake = wake;
      window.addEventListener("online", wake, { once: true });
      setTimeout(wake, ms);
    });
    this.#wake = null;
  }
}
