// The eye line of a detected face, which a region must stay below: checked while drawing by the rule of faces/landmarks.py.

/** @import { Photo, Region } from "../base/answers.js" */
/** @import { Point } from "./polygon.js" */

import { parseRegion } from "./polygon.js";

/** @typedef {[Point, Point]} Edge */

const SVG = "http://www.w3.org/2000/svg";

// In coordinates of the face: origin between the pupils, x along their line, y towards the chin, unit their distance.
const [INNER, OUTER, LID, FAR] = [0.2, 0.8, 0.1, 100];
const LINE = parseRegion(`-${OUTER},${LID} -${INNER},${LID} -${INNER},0 ${INNER},0 ${INNER},${LID} ${OUTER},${LID}`);
/** @type {Point[]} */
const ABOVE_LIDS = [[-OUTER, -FAR], ...LINE, [OUTER, -FAR]];

/**
 * Convert fractions of the photo to the face's coordinates, and back; `shape` is the photo's height divided by its width.
 * @param {Point[]} pupils
 * @param {number} shape
 */
function faceOf([[leftX, leftY], [rightX, rightY]], shape) {
  const [ux, uy] = [rightX - leftX, (rightY - leftY) * shape];
  const square = ux * ux + uy * uy;
  const [ox, oy] = [(leftX + rightX) / 2, ((leftY + rightY) / 2) * shape];
  return {
    /** @type {(point: Point) => Point} */
    from: ([x, y]) => {
      const [dx, dy] = [x - ox, y * shape - oy];
      return [(dx * ux + dy * uy) / square, (dy * ux - dx * uy) / square];
    },
    /** @type {(point: Point) => Point} */
    to: ([x, y]) => [ox + x * ux - y * uy, (oy + x * uy + y * ux) / shape],
  };
}

/**
 * Whether a region touches an eye, its lower lid, or what lies above the pupils' line.
 * @param {Region} region
 * @param {string} eyes both pupils, in the format of a region
 * @param {number} shape
 */
export function reachesEyes(region, eyes, shape) {
  const pupils = parseRegion(eyes);
  const points = parseRegion(region);
  return pupils.length === 2 && points.length > 2 && overlap(points.map(faceOf(pupils, shape).from), ABOVE_LIDS);
}

/**
 * @param {Point[]} one
 * @param {Point[]} other
 */
function overlap(one, other) {
  if (contains(one, other[0]) || contains(other, one[0])) return true;
  return edges(one).some((edge) => edges(other).some((far) => cross(edge, far)));
}

/**
 * @param {Point[]} points
 * @returns {Edge[]}
 */
const edges = (points) => points.map((point, at) => [point, points[(at + 1) % points.length]]);

/**
 * On which side of a line a point lies, as a sign.
 * @param {Edge} line
 * @param {Point} point
 */
const side = ([[ax, ay], [bx, by]], [px, py]) => Math.sign((bx - ax) * (py - ay) - (by - ay) * (px - ax));

/**
 * @param {Edge} one
 * @param {Edge} other
 */
function cross(one, other) {
  return side(one, other[0]) * side(one, other[1]) <= 0 && side(other, one[0]) * side(other, one[1]) <= 0;
}

/**
 * @param {Point[]} polygon
 * @param {Point} point
 */
function contains(polygon, [x, y]) {
  const crossed = edges(polygon).filter(
    ([[ax, ay], [bx, by]]) => ay > y !== by > y && x < ax + ((bx - ax) * (y - ay)) / (by - ay),
  );
  return crossed.length % 2 === 1;
}

export class EyeLine {
  #svg = document.createElementNS(SVG, "svg");
  #line = document.createElementNS(SVG, "polyline");
  #eyes = "";
  #shape = 1;

  /** @param {HTMLElement} plate */
  constructor(plate) {
    this.#svg.setAttribute("class", "eyes-line");
    this.#svg.setAttribute("aria-hidden", "true");
    this.#svg.append(this.#line);
    plate.append(this.#svg);
  }

  /** @param {Photo} photo */
  open({ width, height, suggestion }) {
    this.#shape = height / width;
    this.#eyes = suggestion?.eyes ?? "";
    this.#svg.setAttribute("viewBox", `0 0 1 ${this.#shape}`);
    const points = this.#eyes ? LINE.map(faceOf(parseRegion(this.#eyes), this.#shape).to) : [];
    this.#line.setAttribute("points", points.map(([x, y]) => `${x},${y * this.#shape}`).join(" "));
  }

  /**
   * Show the line if the region reaches it; return whether it does.
   * @param {Region} region
   */
  check(region) {
    const reaches = reachesEyes(region, this.#eyes, this.#shape);
    this.#svg.classList.toggle("reached", reaches);
    return reaches;
  }
}
