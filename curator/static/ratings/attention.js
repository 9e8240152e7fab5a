// Watches whether the rater is at the page, and counts for how long: the browser's side of active-time.js.

import { ActiveTime } from "./active-time.js";

const MOVEMENTS = ["pointermove", "pointerdown", "keydown", "wheel"];
const TURNS = ["focus", "blur", "online", "offline"];

/** Whether the page is seen, has the focus, and reaches the server. */
function isSeen() {
  return !document.hidden && document.hasFocus() && navigator.onLine;
}

export class Attention {
  #time = new ActiveTime(performance.now(), { runs: isSeen() });

  constructor() {
    const move = () => this.#time.move(performance.now());
    const turn = () => this.#time.turn(performance.now(), isSeen());
    for (const name of MOVEMENTS) window.addEventListener(name, move, { capture: true, passive: true });
    for (const name of TURNS) window.addEventListener(name, turn);
    document.addEventListener("visibilitychange", turn);
  }

  get seconds() {
    return this.#time.seconds(performance.now());
  }

  /**
   * Start over with another photo.
   * @param {number} seconds that it was looked at before
   */
  begin(seconds) {
    this.#time.begin(performance.now(), seconds);
  }
}
