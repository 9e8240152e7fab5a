// Brings one rating to the server, and goes on trying while there is no connection. Knows nothing of the page.

import { read, send } from "./api.js";
import { fromServer, saysTheSame } from "./entry.js";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

/** The page went on to something else while the rating waited; it lies in its draft. */
export class SavingAbandoned extends Error {}

export class Saving {
  /** `tell(state)` hears: saving, offline, or nothing any more. */
  constructor(tell) {
    this.tell = tell;
    this.state = "";
  }

  /**
   * Send until there is an answer. `form()` gives the newest fields, `entry()` what they say.
   * Raises Refused, or SavingAbandoned after `abandon()`.
   */
  async run(address, form, entry) {
    this.isAbandoned = false;
    try {
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
        this.#be("saving");
        try {
          return await this.#once(address, form(), entry());
        } catch (refused) {
          if (refused.kind !== "offline") throw refused;
          this.#be("offline");
          await this.#pause(pause);
          if (this.isAbandoned) throw new SavingAbandoned();
        }
      }
    } finally {
      this.#be("");
    }
  }

  /** Try again now, where a rating waits for the connection. */
  again() {
    this.wake?.();
  }

  abandon() {
    this.isAbandoned = true;
    this.again();
  }

  async #once(address, form, entry) {
    try {
      return await send(address, form);
    } catch (refused) {
      if (refused.kind !== "stale") throw refused;
      // An answer may have been lost on its way: then the newer version is this one.
      const photo = await read(address);
      if (photo.own && saysTheSame(fromServer(photo.own), entry)) return { version: photo.version };
      refused.photo = photo;
      throw refused;
    }
  }

  #be(state) {
    this.state = state;
    this.tell(state);
  }

  async #pause(ms) {
    await new Promise((done) => {
      this.wake = done;
      window.addEventListener("online", done, { once: true });
      setTimeout(done, ms);
    });
    this.wake = null;
  }
}
