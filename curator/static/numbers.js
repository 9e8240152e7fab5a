// The numbers of photos in a group: in a text, in pairs, and joined by links.

import { t } from "./translation.js";

/** @typedef {{ first: number, second: number }} Link */

/**
 * Numbers as a text names them: `1, 2 and 3`.
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
 * Map each number that a link names to all that the links join it to, itself among them.
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
