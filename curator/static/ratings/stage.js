// Zoom and pan of the photo in its stage: by wheel, fingers, keys and dragging. The plate's layout changes, never the photo.

// The plate grows in layout, not by a transform, so that lines and handles drawn on it keep their size on the screen.

/** @import { KeyRow, Press } from "../base/keys.js" */
/** @import { Place } from "../base/pan-zoom.js" */

import { targetOf } from "../base/elements.js";
import { arrowsBy, CLOSER, PanZoom, turned } from "../base/pan-zoom.js";
import { t } from "../base/translation.js";

const ARROWS = arrowsBy(0.1); // of the stage
const PINCH_SPEED = 0.01; // of a trackpad, which sends pinching as wheel events with Ctrl
const LINE_PX = 16;

/** @param {Place[]} points */
const middle = (points) => ({
  x: points.reduce((sum, point) => sum + point.x, 0) / points.length,
  y: points.reduce((sum, point) => sum + point.y, 0) / points.length,
});
/** @param {Place[]} points */
const apart = ([one, other]) => Math.hypot(one.x - other.x, one.y - other.y);

/**
 * The page's callbacks: `changed(stage)` runs on every change; `mayDrag(event)` says whether a plain drag moves the
 * photo; `pinched()` runs when two fingers start to zoom.
 * @typedef {object} StageHooks
 * @property {(stage: Stage) => void} changed
 * @property {(event: PointerEvent) => boolean} mayDrag
 * @property {() => void} pinched
 */

export class Stage extends PanZoom {
  width = 0; // of the photo on the screen, in pixels
  #isGrabbing = false;
  #isMoving = false;
  #isPinching = false;
  /** @type {Map<number, Place>} */
  #fingers = new Map();
  /** @type {{ width: number, height: number } | null} */
  #size = null;
  #area;
  #plate;
  #hooks;

  /**
   * @param {HTMLElement} area
   * @param {HTMLElement} plate
   * @param {StageHooks} hooks
   */
  constructor(area, plate, hooks) {
    super();
    this.#area = area;
    this.#plate = plate;
    this.#hooks = hooks;
    area.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    area.addEventListener("pointerdown", (event) => this.#onDown(event), { capture: true });
    area.addEventListener("pointermove", (event) => this.#onMove(event), { capture: true });
    area.addEventListener("pointerup", (event) => this.#onUp(event), { capture: true });
    area.addEventListener("pointercancel", (event) => this.#onUp(event), { capture: true });
    area.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault()); // no automatic scrolling
    area.addEventListener("contextmenu", (event) => event.preventDefault());
    new ResizeObserver(() => this.apply()).observe(area);
  }

  /**
   * Show another photo, unzoomed.
   * @param {number} width
   * @param {number} height
   */
  open(width, height) {
    this.#size = { width, height };
    this.fit();
  }

  /**
   * Whether an arrow key moved the photo, which it does if the photo is larger than the stage.
   * @param {Press} press
   */
  moveByKey({ key = "", target }) {
    if (this.isFitted || targetOf({ target }).closest("input")) return false;
    const [x, y] = ARROWS[key];
    this.move(x * this.#area.clientWidth, y * this.#area.clientHeight);
  }

  /**
   * Let plain dragging move the photo while a key is held.
   * @param {boolean} on
   */
  grab(on) {
    this.#isGrabbing = on;
    this.#area.classList.toggle("grabbing", on);
  }

  /** @override */
  apply() {
    const { clientWidth, clientHeight } = this.#area;
    if (!this.#size || !clientWidth) return;
    const fit = Math.min(clientWidth / this.#size.width, clientHeight / this.#size.height);
    const width = Math.round(this.#size.width * fit * this.scale);
    const height = Math.round(this.#size.height * fit * this.scale);
    this.stayWithin(Math.max(0, (width - clientWidth) / 2), Math.max(0, (height - clientHeight) / 2));
    const left = Math.round((clientWidth - width) / 2 + this.x);
    const top = Math.round((clientHeight - height) / 2 + this.y);
    const transform = `translate(${left}px, ${top}px)`;
    Object.assign(this.#plate.style, { width: `${width}px`, height: `${height}px`, transform });
    this.#area.dataset.scale = this.scale.toFixed(2);
    this.width = width;
    this.#hooks.changed(this);
  }

  /**
   * Where the pointer is, in pixels from the stage's middle.
   * @param {MouseEvent} event
   */
  #place(event) {
    const box = this.#area.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    event.preventDefault();
    const delta = event.deltaMode ? event.deltaY * LINE_PX : event.deltaY;
    this.by(event.ctrlKey ? turned(delta, PINCH_SPEED) : turned(delta), this.#place(event));
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    const isTouch = event.pointerType === "touch";
    if (isTouch && this.#fingers.size === 1 && !this.#fingers.has(event.pointerId)) this.#pinch();
    const drags = this.#drags(event);
    if (!isTouch && !drags) return;
    this.#fingers.set(event.pointerId, this.#place(event));
    if (!drags) return;
    this.#isMoving = true;
    keep(event);
    this.#area.setPointerCapture(event.pointerId);
  }

  /**
   * Whether a pointer-down event starts moving the photo.
   * @param {PointerEvent} event
   */
  #drags(event) {
    const isOtherButton = event.button === 1 || event.button === 2;
    return this.#isPinching || isOtherButton || this.#isGrabbing || (!this.isFitted && this.#hooks.mayDrag(event));
  }

  #pinch() {
    this.#isPinching = this.#isMoving = true;
    this.#hooks.pinched();
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    if (!this.#fingers.has(event.pointerId)) return;
    const before = [...this.#fingers.values()];
    this.#fingers.set(event.pointerId, this.#place(event));
    if (!this.#isMoving) return;
    keep(event);
    const after = [...this.#fingers.values()];
    const [from, to] = [middle(before), middle(after)];
    this.move(to.x - from.x, to.y - from.y);
    if (after.length === 2) this.by(apart(after) / (apart(before) || 1), to);
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    if (!this.#fingers.delete(event.pointerId)) return;
    if (this.#isMoving) keep(event);
    if (!this.#fingers.size) this.#isMoving = this.#isPinching = false;
  }
}

/**
 * Keep an event from the drawing, since it moves the photo.
 * @param {Event} event
 */
function keep(event) {
  event.preventDefault();
  event.stopPropagation();
}

/**
 * The zoom rows of the table of keys.
 * @param {Stage} stage
 * @param {string} group
 * @returns {KeyRow[]}
 */
export function stageKeys(stage, group) {
  // biome-ignore format: a row of the table is a line
  return [
    { group, action: "closer", keys: ["+", "="], says: t("Zoom in; also with the wheel or two fingers"), repeats: true, unmarked: true, run: () => stage.by(CLOSER) },
    { group, action: "farther", keys: ["-"], says: t("Zoom out"), repeats: true, unmarked: true, run: () => stage.by(1 / CLOSER) },
    { group, action: "fit", keys: ["0"], says: t("Whole photo"), run: () => stage.fit() },
    { group, action: "pan", keys: Object.keys(ARROWS).map((key) => key.toLowerCase()), says: t("When zoomed in: move the photo"), repeats: true, run: (press) => stage.moveByKey(press) },
    { group, action: "grab", keys: [" "], says: t("Hold: drag the photo; also with the middle or right mouse button"), run: () => stage.grab(true), release: () => stage.grab(false) },
  ];
}
