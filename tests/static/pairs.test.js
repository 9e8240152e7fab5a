import assert from "node:assert/strict";
import { test } from "node:test";

import { refusal, undecided } from "../../curator/static/pairs/pairs.js";

/** @typedef {import("../../curator/static/pairs/pairs.js").Pair} Pair */

/**
 * @param {number} first
 * @param {number} second
 * @param {Partial<Pair>} [facts]
 * @returns {Pair}
 */
const pair = (first, second, facts = {}) => ({
  first,
  second,
  decision: "",
  opposes: false,
  by: "",
  alignment: null,
  ...facts,
});

test("a decision is about all pairs that wait, or only those among the photos picked", () => {
  const pairs = [pair(1, 2), pair(2, 3), pair(1, 3, { decision: "copy" })];
  assert.deepEqual(undecided(pairs, []), pairs.slice(0, 2));
  assert.deepEqual(undecided(pairs, [2, 3]), [pairs[1]]);
  assert.deepEqual(undecided(pairs, [1, 3]), []);
});

test("a pair that others join as copies can only be copies", () => {
  const waiting = pair(1, 3);
  const pairs = [pair(1, 2, { decision: "copy" }), pair(2, 3, { decision: "copy" }), waiting];
  assert.match(refusal("different", pairs, [waiting]), /photos 1 and 3 are already copies/);
  assert.match(refusal("same_person", pairs, [waiting]), /photos 1 and 3 are already copies/);
  assert.equal(refusal("copy", pairs, [waiting]), "");
});

test("copies that would join photos decided to be different are refused, by name", () => {
  const opposed = pair(1, 3, { decision: "different", opposes: true, by: "ana" });
  const waiting = [pair(1, 2), pair(2, 3)];
  assert.match(refusal("copy", [...waiting, opposed], waiting), /ana decided that photos 1 and 3 are different people/);
  assert.equal(refusal("copy", [...waiting, opposed], [waiting[0]]), "");
});

test("an opposed pair elsewhere in the group does not matter", () => {
  const elsewhere = [pair(3, 4, { decision: "copy" }), pair(3, 4, { decision: "different", opposes: true, by: "ana" })];
  const waiting = pair(1, 2);
  assert.equal(refusal("copy", [waiting, ...elsewhere], [waiting]), "");
});
