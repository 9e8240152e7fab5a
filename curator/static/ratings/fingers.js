// Fingers on the region, where Annotorious expects a mouse: they draw, drag a corner, and show or hide all corners by a tap.

/** @import { Corners } from "./corners.js" */

import { targetOf } from "../base/elements.js";

/** Whether the page is used by finger: then the corners, which cover skin, are shown on demand. */
export const isTouched = () => matchMedia("(pointer: coarse)").matches;

/**
 * What fingers need to know of the region; `tapped(isOnRegion)` runs on every tap while no tool is in hand.
 * @typedef {object} FingersHooks
 * @property {() => import("./region.js").Tool | null} tool
 * @property {() => boolean} isAdjusting
 * @property {(isOnRegion: boolean) => void} tapped
 */

/**
 * @param {SVGSVGElement} layer
 * @param {Corners} corners
 * @param {FingersHooks} hooks
 */
export function bindFingers(layer, corners, { tool, isAdjusting, tapped }) {
  let wasDrawing = false; // when the pointer went down
  const noteTool = () => {
    wasDrawing = tool() !== null;
  };
  window.addEventListener("pointerdown", noteTool, { capture: true });
  /** @param {PointerEvent} event */
  const point = (event) => {
    if (event.pointerType !== "touch" || !event.isTrusted) return;
    if (tool() === "polygon") moveTo(event);
    else if (!tool() && isAdjusting()) corners.grab(event);
  };
  layer.addEventListener("pointerdown", point, { capture: true });
  // A corner must follow its finger instead of scrolling the page; Chromium ignores touch-action on its circle.
  /** @param {TouchEvent} event */
  const keepCorner = (event) => targetOf(event).closest(".a9s-touch-handle") && event.preventDefault();
  layer.addEventListener("touchstart", keepCorner, { passive: false });
  document.addEventListener("click", (event) => {
    if (isTouched() && !wasDrawing && isTap(event)) tapped(isOn(layer, event));
  });
}

/**
 * A finger touches down without moving there first; Annotorious puts a corner where it last saw the pointer.
 * @param {PointerEvent} event
 */
function moveTo(event) {
  targetOf(event).dispatchEvent(new PointerEvent("pointermove", event));
}

/**
 * Whether a click is a tap, not a key on a button, and beside the tools, which may be meant for the corners.
 * @param {MouseEvent} event
 */
function isTap(event) {
  return event.detail > 0 && !targetOf(event).closest(".toolbar");
}

/**
 * Whether the region is under a tap; a zoomed photo captures the pointer and is then the target.
 * @param {SVGSVGElement} layer
 * @param {MouseEvent} event
 */
function isOn(layer, { clientX, clientY }) {
  const hit = document.elementFromPoint(clientX, clientY)?.closest(".a9s-annotation") ?? null;
  return layer.contains(hit);
}
