// A region as points: read and written as the server does, moved, resized, bounded.

/** @import { Region } from "../base/answers.js" */

/**
 * In fractions (0..1) of the upright photo, origin top left.
 * @typedef {[x: number, y: number]} Point
 */

/**
 * @param {Region} text
 * @returns {Point[]}
 */
export function parseRegion(text) {
  const pairs = text.trim() ? text.trim().split(/\s+/) : [];
  return pairs.map((pair) => {
    const [x, y] = pair.split(",").map(Number);
    return [x, y];
  });
}

/**
 * @param {Point[]} points
 * @returns {Region}
 */
export function formatRegion(points) {
  return points.map(([x, y]) => `${x.toFixed(6)},${y.toFixed(6)}`).join(" ");
}

/** @param {Point[]} points */
export function bounds(points) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}

/**
 * @param {Point[]} points
 * @param {Point} by
 * @returns {Point[]}
 */
export function moved(points, [dx, dy]) {
  return points.map(([x, y]) => [x + dx, y + dy]);
}

/**
 * Move one corner, at most to the photo's edge; the others stay.
 * @param {Point[]} points
 * @param {number} corner
 * @param {Point} by
 * @returns {Point[]}
 */
export function cornerMoved(points, corner, [dx, dy]) {
  return points.map(([x, y], number) => (number === corner ? withinPhoto([x + dx, y + dy]) : [x, y]));
}

/**
 * Move the lower right corner; the upper left one stays.
 * @param {Point[]} points
 * @param {Point} by
 * @returns {Point[]}
 */
export function resized(points, [dx, dy]) {
  const { minX, minY, maxX, maxY } = bounds(points);
  const [width, height] = [maxX - minX || 1, maxY - minY || 1];
  return points.map(([x, y]) => [x + (dx * (x - minX)) / width, y + (dy * (y - minY)) / height]);
}

/** @param {Point[]} points */
export function isInsidePhoto(points) {
  return points.flat().every((value) => value >= 0 && value <= 1);
}

/**
 * Put a point outside the photo on its edge.
 * @param {Point} point
 * @returns {Point}
 */
export function withinPhoto([x, y]) {
  return [Math.min(Math.max(x, 0), 1), Math.min(Math.max(y, 0), 1)];
}
