// The region's corners as Annotorious draws them: named for screen readers, kept in focus, found under a finger.

import { t } from "../base/translation.js";

const FINGER_PX = 22; // from a corner, within which a finger means it

export class Corners {
  #layer;
  /** @type {number | null} */
  #toFocus = null;

  /** @param {SVGSVGElement} layer */
  constructor(layer) {
    this.#layer = layer;
    new MutationObserver(() => this.#takeOver()).observe(layer, { childList: true, subtree: true });
  }

  get #all() {
    return [...this.#layer.querySelectorAll("[role=button]")].filter((one) => one instanceof SVGElement);
  }

  /** The number of the corner with the focus; -1 if none has it. */
  get focused() {
    return this.#all.findIndex((corner) => corner.matches(":focus"));
  }

  /** The number of the corner with the focus, else of the clicked one; -1 if there is neither. */
  get chosen() {
    if (this.focused >= 0) return this.focused;
    return this.#all.findIndex((corner) => corner.parentElement?.querySelector(".a9s-handle-selected"));
  }

  /**
   * Focus a corner as soon as they are drawn anew, which every change does: without a number, the one that has the focus.
   * @param {number} [corner]
   */
  focusNext(corner = this.focused) {
    if (corner >= 0) this.#toFocus = corner;
  }

  /**
   * Let a finger grab the nearest corner: they lie closer together than it is wide, and it would get the uppermost.
   * @param {PointerEvent} event
   */
  grab(event) {
    const nearest = this.#nearest(event);
    if (!nearest || nearest === event.target) return;
    event.stopImmediatePropagation();
    nearest.dispatchEvent(new PointerEvent("pointerdown", event));
  }

  /** @param {PointerEvent} event */
  #nearest({ clientX, clientY }) {
    const away = this.#all.map((corner) => {
      const { left, right, top, bottom } = corner.getBoundingClientRect();
      return { corner, px: Math.hypot((left + right) / 2 - clientX, (top + bottom) / 2 - clientY) };
    });
    const within = away.filter(({ px }) => px <= FINGER_PX).sort((one, other) => one.px - other.px);
    return within[0]?.corner;
  }

  /** Name all: deleting one shifts the numbers of others. */
  #takeOver() {
    const corners = this.#all;
    for (const [index, corner] of corners.entries()) {
      const numbers = { number: index + 1, count: corners.length };
      corner.setAttribute(
        "aria-label",
        t(
          "Corner %(number)s of %(count)s. Arrow keys move it, with Shift ten times as far; Delete removes it.",
          numbers,
        ),
      );
    }
    if (this.#toFocus === null || !corners.length) return;
    corners[Math.min(this.#toFocus, corners.length - 1)].focus({ preventScroll: true });
    this.#toFocus = null;
  }
}
