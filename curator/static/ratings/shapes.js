// A region as Annotorious' shape, and back: in the drawing's units, which are the same for every picture of a photo.

/** @import { ImageAnnotation, Polygon, Rectangle, Shape, ShapeType } from "@annotorious/annotorious" */
/** @import { Point } from "./polygon.js" */

import { bounds, withinPhoto } from "./polygon.js";

/** @typedef {{ width: number, height: number }} Size */

const LONGEST_SIDE = 4096;

/**
 * The size of a photo in the drawing's units.
 * @param {Size} photo
 * @returns {Size}
 */
export function drawingSize({ width, height }) {
  const unit = LONGEST_SIDE / Math.max(width, height);
  return { width: width * unit, height: height * unit };
}

/**
 * @param {string} id
 * @param {Point[]} region
 * @param {Size} size
 * @returns {ImageAnnotation}
 */
export function annotationOf(id, region, { width, height }) {
  /** @type {Point[]} */
  const points = region.map(([x, y]) => [x * width, y * height]);
  const type = /** @type {ShapeType} */ ("POLYGON");
  const selector = { type, geometry: { points, bounds: bounds(points) } };
  return { id, bodies: [], target: { annotation: id, selector } };
}

/**
 * @param {ImageAnnotation} annotation
 * @param {Size} size
 */
export function regionOf({ target }, size) {
  return fractionsOf(cornersOf(target.selector), size);
}

/**
 * @param {number[][]} corners
 * @param {Size} size
 */
export function fractionsOf(corners, { width, height }) {
  return corners.map(([x, y]) => withinPhoto([x / width, y / height]));
}

/**
 * @param {Shape} shape
 * @returns {number[][]}
 */
function cornersOf({ type, geometry }) {
  if (type !== "RECTANGLE") return /** @type {Polygon["geometry"]} */ (geometry).points;
  const { x, y, w, h } = /** @type {Rectangle["geometry"]} */ (geometry);
  // biome-ignore format: clockwise, a corner an item
  return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
}
