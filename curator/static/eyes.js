// The eyes' line of a found face, which a region keeps clear of: the same rule as the server's, told while drawing.

import { parseRegion } from "./region.js";

const SVG = "http://www.w3.org/2000/svg";
const BELOW = 0.15; // of the eyes' distance: where the lower lids end
const BESIDE = 1; // of the eyes' distance, from their middle: beyond lies no eye

/** A frame whose origin lies between the eyes, its first axis through both, its unit their distance. */
function faceFrame([[x1, y1], [x2, y2]], shape) {
  const [ax, ay] = [x2 - x1, (y2 - y1) * shape];
  const unit = Math.hypot(ax, ay);
  const [ux, uy] = [ax / unit, ay / unit];
  const [mx, my] = [(x1 + x2) / 2, ((y1 + y2) / 2) * shape];
  return {
    unit,
    into: ([x, y]) => [((x - mx) * ux + (y * shape - my) * uy) / unit, ((y * shape - my) * ux - (x - mx) * uy) / unit],
    out: ([along, down]) => [mx + (along * ux - down * uy) * unit, (my + (along * uy + down * ux) * unit) / shape],
  };
}

/** Whether a region reaches the eyes; `shape` is the photo's height by its width. */
export function reachesEyes(region, eyes, shape) {
  const pupils = parseRegion(eyes).sort(([x], [other]) => x - other);
  if (pupils.length !== 2 || !region) return false;
  const points = parseRegion(region).map(faceFrame(pupils, shape).into);
  return points.some((point, at) => edgeReaches(point, points[(at + 1) % points.length]));
}

function edgeReaches([x1, y1], [x2, y2]) {
  const at = (x) => y1 + ((y2 - y1) * (x - x1)) / (x2 - x1);
  const ends = [[x1, y1], [x2, y2]].filter(([x]) => Math.abs(x) <= BESIDE).map(([, y]) => y);
  const crossings = [-BESIDE, BESIDE].filter((x) => (x1 - x) * (x2 - x) < 0).map(at);
  return [...ends, ...crossings].some((y) => y < BELOW);
}

export class EyesLine {
  constructor(plate) {
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("class", "eyes-line");
    this.svg.setAttribute("aria-hidden", "true");
    this.line = this.svg.appendChild(document.createElementNS(SVG, "line"));
    plate.append(this.svg);
  }

  open({ width, height, suggestion }) {
    this.shape = height / width;
    this.eyes = suggestion?.eyes ?? "";
    this.svg.setAttribute("viewBox", `0 0 1 ${this.shape}`);
    if (!this.eyes) return;
    const pupils = parseRegion(this.eyes).sort(([x], [other]) => x - other);
    const [from, to] = [[-BESIDE, BELOW], [BESIDE, BELOW]].map(faceFrame(pupils, this.shape).out);
    for (const [name, value] of [["x1", from[0]], ["y1", from[1] * this.shape], ["x2", to[0]], ["y2", to[1] * this.shape]]) {
      this.line.setAttribute(name, value);
    }
  }

  /** Show the line where the region reaches it; return whether it does. */
  check(region) {
    const reaches = Boolean(this.eyes) && reachesEyes(region, this.eyes, this.shape);
    this.svg.classList.toggle("reached", reaches);
    return reaches;
  }
}
