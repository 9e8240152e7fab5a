// The pairs of a group of look-alikes: which of them a decision applies to, and why it would be refused.

/** @import { Alignment } from "../base/answers.js" */
/** @import { Link } from "./numbers.js" */

import { t } from "../base/translation.js";
import { joinedBy, listed } from "./numbers.js";

/** @typedef {"copy" | "same_person" | "different"} Decision */

/**
 * Two photos of the group, by their numbers; `opposes` if somebody decided that they are not copies.
 * @typedef {object} Pair
 * @property {number} first
 * @property {number} second
 * @property {Decision | ""} decision empty while undecided
 * @property {boolean} opposes
 * @property {string} by
 * @property {Alignment | null} alignment
 */

/** @type {Record<string, string>} */
const SAID = { same_person: t("the same person"), different: t("different people") };

/**
 * @param {Link} pair
 * @param {number[]} numbers
 */
export function isAmong({ first, second }, numbers) {
  return numbers.includes(first) && numbers.includes(second);
}

/**
 * The pairs that a decision applies to: undecided ones, only among picked photos if any are picked.
 * @param {Pair[]} pairs
 * @param {number[]} picked
 */
export function undecided(pairs, picked) {
  return pairs.filter((pair) => !pair.decision && (!picked.length || isAmong(pair, picked)));
}

/**
 * Say why the server would refuse a decision on some undecided pairs; empty if it would not.
 * @param {string} decision
 * @param {Pair[]} pairs all of the group
 * @param {Pair[]} waiting
 */
export function refusal(decision, pairs, waiting) {
  const copies = pairs.filter((pair) => pair.decision === "copy");
  return decision === "copy" ? refusedAsCopies(pairs, copies, waiting) : refusedAsCopied(copies, waiting);
}

/**
 * @param {Pair[]} copies
 * @param {Pair[]} waiting
 */
function refusedAsCopied(copies, waiting) {
  const joined = joinedBy(copies);
  const settled = waiting.find(({ first, second }) => joined.get(first)?.has(second));
  return settled ? t("Copies only: photos %(numbers)s are already copies through other photos.", named(settled)) : "";
}

/**
 * @param {Pair[]} pairs
 * @param {Pair[]} copies
 * @param {Pair[]} waiting
 */
function refusedAsCopies(pairs, copies, waiting) {
  const joined = joinedBy([...copies, ...waiting]);
  const touched = new Set(waiting.map(({ first }) => joined.get(first)));
  const isTorn = (/** @type {Pair} */ { first, second }) =>
    joined.get(first)?.has(second) && touched.has(joined.get(first));
  const opposed = pairs.find((pair) => pair.opposes && isTorn(pair));
  if (!opposed) return "";
  const facts = { ...named(opposed), decision: SAID[opposed.decision], name: opposed.by };
  return t(
    "Not copies: %(name)s decided that photos %(numbers)s are %(decision)s. Undo that above, or pick photos.",
    facts,
  );
}

/** @param {Pair} pair */
function named({ first, second }) {
  return { numbers: listed([Math.min(first, second), Math.max(first, second)]) };
}
