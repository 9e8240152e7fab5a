// Zoom and pan shared by all frames of an area; CSS moves the pictures by three variables.

/** @import { KeyRow } from "./keys.js" */

import { find, targetOf } from "./elements.js";
import { arrowsBy, CLOSER, PanZoom, turned } from "./pan-zoom.js";
import { t } from "./translation.js";

const ARROWS = arrowsBy(0.08); // of the frame

/**
 * The pointer's position in its frame, in fractions from the middle.
 * @param {Pick<MouseEvent, "clientX" | "clientY">} event
 * @param {Pick<Element, "getBoundingClientRect">} frame
 */
export function placeIn(event, frame) {
  const box = frame.getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width - 0.5, y: (event.clientY - box.top) / box.height - 0.5 };
}

/**
 * The zoom of an area, which enables and disables a toolbar's buttons; null if there is no area.
 * @param {HTMLElement | null} area
 * @param {HTMLElement | null} toolbar
 */
export function zoomOf(area, toolbar) {
  if (!area || !toolbar) return null;
  const buttons = ["fit", "farther"].map((action) => find(`[data-action="${action}"]`, HTMLButtonElement, toolbar));
  return new Zoom(area, ({ isFitted }) => {
    for (const button of buttons) button.disabled = isFitted;
  });
}

/**
 * The zoom rows of a page's table of keys; without a zoom they do nothing.
 * @param {Zoom | null} zoom
 * @returns {KeyRow[]}
 */
export function zoomKeys(zoom) {
  /** @param {(zoom: Zoom) => unknown} run */
  const withZoom = (run) => () => (zoom ? run(zoom) : false);
  // biome-ignore format: a row of the table is a line
  return [
    { action: "closer", keys: ["+", "="], says: t("Zoom in, all photos together"), repeats: true, run: withZoom((it) => it.by(CLOSER)) },
    { action: "farther", keys: ["-"], says: t("Zoom out"), repeats: true, run: withZoom((it) => it.by(1 / CLOSER)) },
    { action: "fit", keys: ["0"], says: t("Whole photos"), run: withZoom((it) => it.fit()) },
    { action: "pan", keys: Object.keys(ARROWS).map((key) => key.toLowerCase()), says: t("When zoomed in: move all photos together"), repeats: true, run: ({ key = "" }) => zoom?.move(...ARROWS[key]) ?? false },
  ];
}

export class Zoom extends PanZoom {
  /**
   * @param {HTMLElement} area
   * @param {(zoom: Zoom) => void} changed
   */
  constructor(area, changed) {
    super();
    this.area = area;
    this.changed = changed;
    this.fit();
    area.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    area.addEventListener("pointerdown", (event) => this.#onDown(event));
  }

  /**
   * Move by fractions of the frame; returns whether there is anything to move.
   * @override
   * @param {number} dx
   * @param {number} dy
   */
  move(dx, dy) {
    if (this.isFitted) return false;
    super.move(dx, dy);
    return true;
  }

  /** @override */
  apply() {
    const limit = (this.scale - 1) / 2;
    this.stayWithin(limit, limit);
    const { scale, x, y } = this;
    for (const [name, value] of Object.entries({ scale, x, y }))
      this.area.style.setProperty(`--${name}`, String(value));
    this.area.dataset.scale = scale.toFixed(2);
    this.changed(this);
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    const frame = targetOf(event).closest(".frame");
    if (!frame || event.ctrlKey) return;
    event.preventDefault();
    this.by(turned(event.deltaY), placeIn(event, frame));
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    const frame = targetOf(event).closest(".frame");
    if (!(frame instanceof HTMLElement) || event.button || this.isFitted) return;
    event.preventDefault();
    let last = placeIn(event, frame);
    /** @param {PointerEvent} moved */
    const follow = (moved) => {
      const here = placeIn(moved, frame);
      this.move(here.x - last.x, here.y - last.y);
      last = here;
    };
    const stop = () => frame.removeEventListener("pointermove", follow);
    frame.setPointerCapture(event.pointerId);
    frame.addEventListener("pointermove", follow);
    frame.addEventListener("lostpointercapture", stop, { once: true });
  }
}
