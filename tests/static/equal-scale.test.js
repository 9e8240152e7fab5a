import assert from "node:assert/strict";
import { test } from "node:test";

import { partsAtEqualScale, timesAsWide } from "../../curator/static/pairs/equal-scale.js";

/** @type {import("../../curator/static/base/answers.js").Alignment} */
const HALF = {
  mirrored: false,
  matrix: [
    [0.5, 0, 0.25],
    [0, 0.5, 0.25],
  ],
};
const PAIRS = [
  { first: 1, second: 2, alignment: HALF },
  { first: 1, second: 3, alignment: null },
];

test("a crop to half the width is half as wide as its photo", () => {
  assert.equal(timesAsWide(1, 2, PAIRS), 0.5);
});

test("a photo is twice as wide as its crop to half", () => {
  assert.equal(timesAsWide(2, 1, PAIRS), 2);
});

test("photos that are not aligned have no known scale", () => {
  assert.equal(timesAsWide(1, 3, PAIRS), 0);
  assert.equal(timesAsWide(2, 3, PAIRS), 0);
});

test("a crop fills as much of its frame as it does of the photo", () => {
  assert.deepEqual(partsAtEqualScale([400, 400], [1, 0.5]), [1, 0.5]);
});

test("the widest photo fills its frame", () => {
  assert.deepEqual(partsAtEqualScale([400, 400], [1, 2]), [0.5, 1]);
});

test("a photo of unknown scale fills its frame, and changes no other", () => {
  assert.deepEqual(partsAtEqualScale([400, 300, 400], [1, 0, 0.5]), [1, 1, 0.5]);
});
