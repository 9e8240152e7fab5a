// How long a rater looks at a photo: pauses, hidden pages and other windows do not count.

const IDLE_MS = 60_000; // without any movement, the rater is taken to be away

/** Counts the time between a rater's movements; every method takes the present, in milliseconds. */
export class ActiveTime {
  #counted = 0;
  #since;
  #runs;

  /**
   * @param {number} now
   * @param {{ runs: boolean }} page whether the page is seen now
   */
  constructor(now, { runs }) {
    this.#since = now;
    this.#runs = runs;
  }

  /**
   * Start over with another photo.
   * @param {number} now
   * @param {number} seconds that it was looked at before
   */
  begin(now, seconds) {
    this.#counted = seconds * 1000;
    this.#since = now;
  }

  /**
   * The rater moved.
   * @param {number} now
   */
  move(now) {
    this.#counted += this.#pending(now);
    this.#since = now;
  }

  /**
   * The page is no longer seen, or is seen again.
   * @param {number} now
   * @param {boolean} runs
   */
  turn(now, runs) {
    this.move(now);
    this.#runs = runs;
  }

  /** @param {number} now */
  seconds(now) {
    return Math.round((this.#counted + this.#pending(now)) / 100) / 10;
  }

  /** @param {number} now */
  #pending(now) {
    return this.#runs ? Math.min(now - this.#since, IDLE_MS) : 0;
  }
}
