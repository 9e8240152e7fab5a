// Side by side at equal scale: a crop is shown smaller than the whole photo it was cut from.

/** @import { Alignment } from "../base/answers.js" */
/** @import { Link } from "./numbers.js" */

import { find } from "../base/elements.js";

/** @typedef {Link & { alignment: Alignment | null }} AlignedPair */

/**
 * How many times as wide as the first photo another is if both show the same scene; 0 if unknown.
 * @param {number} first
 * @param {number} other
 * @param {AlignedPair[]} pairs
 */
export function timesAsWide(first, other, pairs) {
  const both = [first, other];
  const pair = pairs.find((one) => one.alignment && both.includes(one.first) && both.includes(one.second));
  if (!pair?.alignment) return 0;
  const [[a, b], [c, d]] = pair.alignment.matrix;
  const scale = Math.sqrt(Math.abs(a * d - b * c)); // of the second's width, in widths of the first
  return pair.first === first ? scale : 1 / scale;
}

/**
 * The fraction of its frame that each photo fills, so that all have one scale; 1 if unknown.
 * @param {number[]} widths that the frames could show, in pixels
 * @param {number[]} times how many times as wide as the first each is; 0 if unknown
 */
export function partsAtEqualScale(widths, times) {
  const fits = times.map((one, index) => (one * widths[0]) / widths[index]);
  const largest = Math.max(...fits); // at least 1, the first photo's own
  return fits.map((fit) => (fit ? fit / largest : 1));
}

/** @param {HTMLElement} figure */
function shownWidth(figure) {
  const frame = find(".frame", HTMLElement, figure);
  const image = find("img", HTMLImageElement, figure);
  const shape = Number(image.getAttribute("width")) / Number(image.getAttribute("height"));
  return Math.min(frame.clientWidth, frame.clientHeight * shape);
}

/**
 * Set each figure's `--fit`, the fraction of its frame that the photo fills.
 * @param {{ number: number, figure: HTMLElement }[]} members
 * @param {AlignedPair[]} pairs
 */
export function showAtEqualScale(members, pairs) {
  const widths = members.map(({ figure }) => shownWidth(figure));
  const times = members.map(({ number }, index) => (index ? timesAsWide(members[0].number, number, pairs) : 1));
  const parts = partsAtEqualScale(widths, times);
  for (const [index, { figure }] of members.entries()) figure.style.setProperty("--fit", String(parts[index]));
}
