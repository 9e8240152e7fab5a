// The outline being drawn on the photo, read off Annotorious' layer: its corners so far, and putting them down again.

/** @import { Point } from "./polygon.js" */

import { parseRegion } from "./polygon.js";

const RUBBERBAND = ".a9s-rubberband";

/** @param {SVGSVGElement} layer */
export function isBegun(layer) {
  return layer.querySelector(`${RUBBERBAND} :is(polygon, rect)`) !== null;
}

/**
 * The corners that a polygon has so far, in the drawing's units.
 * @param {SVGSVGElement} layer
 */
export async function cornersSoFar(layer) {
  const pointer = shownPoints(layer).at(-1);
  if (!pointer) return [];
  // A corner just put down is drawn once the pointer moves.
  send(layer, pointer, ["pointermove"]);
  await drawn();
  const points = shownPoints(layer);
  // The last point is the pointer's, unless it is at the first corner, where a click would close the outline.
  return layer.querySelector(`${RUBBERBAND} .a9s-handle`) ? points : points.slice(0, -1);
}

/**
 * Put corners down as clicks would: Annotorious can take none back, and none from a script.
 * @param {SVGSVGElement} layer
 * @param {Point[]} corners in the drawing's units
 */
export async function putCorners(layer, corners) {
  await drawn();
  for (const corner of corners) send(layer, corner, ["pointermove", "pointerdown", "pointerup"]);
}

/** Annotorious draws what it was told as soon as the script pauses. */
const drawn = () => Promise.resolve();

/**
 * @param {SVGSVGElement} layer
 */
function shownPoints(layer) {
  return parseRegion(layer.querySelector(`${RUBBERBAND} polygon.a9s-inner`)?.getAttribute("points") ?? "");
}

/**
 * @param {SVGSVGElement} layer
 * @param {Point} place
 * @param {string[]} events
 */
function send(layer, [x, y], events) {
  const plate = layer.getBoundingClientRect();
  const { width, height } = layer.viewBox.baseVal;
  const at = { clientX: plate.left + (x / width) * plate.width, clientY: plate.top + (y / height) * plate.height };
  for (const name of events)
    layer.dispatchEvent(new PointerEvent(name, { ...at, bubbles: true, pointerType: "mouse" }));
}
