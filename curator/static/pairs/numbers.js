// The numbers of photos in a group: as text, as pairs, and connected by links.

import { t } from "../base/translation.js";

/** @typedef {{ first: number, second: number }} Link */

/**
 * Numbers as a list in a text: `1, 2 and 3`.
 * @param {number[]} numbers
 */
export function listed(numbers) {
  return numbers.join(", ").replace(/, (\d+)$/, (_, last) => t(" and %(last)s", { last }));
}

/**
 * All pairs of some numbers, in their order.
 * @param {number[]} numbers
 */
export function pairsAmong(numbers) {
  return numbers.flatMap((one, index) => numbers.slice(index + 1).map((other) => [one, other]));
}

/**
 * Map each linked number to all numbers connected to it, including itself.
 * @param {Link[]} links
 */
export function joinedBy(links) {
  /** @type {Map<number, Set<number>>} */
  const joined = new Map();
  for (const { first, second } of links) {
    const together = new Set([first, second, ...(joined.get(first) ?? []), ...(joined.get(second) ?? [])]);
    for (const one of together) joined.set(one, together);
  }
  return joined;
}
