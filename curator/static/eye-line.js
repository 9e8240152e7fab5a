// The eyes' line of a found face, which a region keeps clear of: told while drawing by the rule that faces/landmarks.py holds.

import { parseRegion } from "./region.js";

const SVG = "http://www.w3.org/2000/svg";

// In coordinates of the face: origin between the pupils, x along their line, y towards the chin, unit their distance.
const [INNER, OUTER, LID, FAR] = [0.2, 0.8, 0.1, 100];
const LINE = [
  [-OUTER, LID],
  [-INNER, LID],
  [-INNER, 0],
  [INNER, 0],
  [INNER, LID],
  [OUTER, LID],
];
const ABOVE_LIDS = [[-OUTER, -FAR], ...LINE, [OUTER, -FAR]];

/** The way from fractions of the photo to the face's coordinates, and back; `shape` is the photo's height by its width. */
function faceOf([[leftX, leftY], [rightX, rightY]], shape) {
  const [ux, uy] = [rightX - leftX, (rightY - leftY) * shape];
  const square = ux * ux + uy * uy;
  const [ox, oy] = [(leftX + rightX) / 2, ((leftY + rightY) / 2) * shape];
  return {
    from: ([x, y]) => {
      const [dx, dy] = [x - ox, y * shape - oy];
      return [(dx * ux + dy * uy) / square, (dy * ux - dx * uy) / square];
    },
    to: ([x, y]) => [ox + x * ux - y * uy, (oy + x * uy + y * ux) / shape],
  };
}

/** Whether a region touches an eye, its lower lid, or what lies above the pupils' line. */
export function reachesEyes(region, eyes, shape) {
  const pupils = parseRegion(eyes);
  const points = parseRegion(region);
  return pupils.length === 2 && points.length > 2 && overlap(points.map(faceOf(pupils, shape).from), ABOVE_LIDS);
}

function overlap(one, other) {
  return (
    contains(one, other[0]) ||
    contains(other, one[0]) ||
    edges(one).some((edge) => edges(other).some((far) => cross(edge, far)))
  );
}

const edges = (points) => points.map((point, at) => [point, points[(at + 1) % points.length]]);
const side = ([ax, ay], [bx, by], [px, py]) => Math.sign((bx - ax) * (py - ay) - (by - ay) * (px - ax));

function cross([a, b], [c, d]) {
  return side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0;
}

function contains(polygon, [x, y]) {
  const crossed = edges(polygon).filter(
    ([[ax, ay], [bx, by]]) => ay > y !== by > y && x < ax + ((bx - ax) * (y - ay)) / (by - ay),
  );
  return crossed.length % 2 === 1;
}

export class EyeLine {
  constructor(plate) {
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("class", "eyes-line");
    this.svg.setAttribute("aria-hidden", "true");
    this.line = this.svg.appendChild(document.createElementNS(SVG, "polyline"));
    plate.append(this.svg);
  }

  open({ width, height, suggestion }) {
    this.shape = height / width;
    this.eyes = suggestion?.eyes ?? "";
    this.svg.setAttribute("viewBox", `0 0 1 ${this.shape}`);
    const points = this.eyes ? LINE.map(faceOf(parseRegion(this.eyes), this.shape).to) : [];
    this.line.setAttribute("points", points.map(([x, y]) => `${x},${y * this.shape}`).join(" "));
  }

  /** Show the line where the region reaches it; return whether it does. */
  check(region) {
    const reaches = reachesEyes(region, this.eyes, this.shape);
    this.svg.classList.toggle("reached", reaches);
    return reaches;
  }
}
