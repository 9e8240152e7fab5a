import assert from "node:assert/strict";
import { test } from "node:test";

import { reachesEyes } from "../../curator/static/ratings/eye-line.js";

const EYES = "0.4,0.4 0.6,0.4"; // on a square photo; the lids end at 0.42
const square = (/** @type {number} */ top) => `0.3,${top} 0.7,${top} 0.7,0.8 0.3,0.8`;

test("a region below the lids is clear of the eyes", () => {
  assert.ok(!reachesEyes(square(0.43), EYES, 1));
});

test("a region over the lids reaches the eyes", () => {
  assert.ok(reachesEyes(square(0.41), EYES, 1));
});

test("the bridge of the nose may be reached between the eyes", () => {
  assert.ok(!reachesEyes("0.48,0.41 0.52,0.41 0.52,0.8 0.48,0.8", EYES, 1));
});

test("a forehead is above the eyes", () => {
  assert.ok(reachesEyes("0.4,0.1 0.6,0.1 0.6,0.2 0.4,0.2", EYES, 1));
});

test("the eyes of a tilted head have a tilted line", () => {
  const tilted = "0.4,0.5 0.6,0.3";
  const left = "0.30,0.65 0.40,0.62 0.40,0.75";
  const right = "0.70,0.38 0.75,0.38 0.75,0.45";
  assert.ok(!reachesEyes(left, tilted, 1));
  assert.ok(!reachesEyes(right, tilted, 1));
  assert.ok(reachesEyes("0.50,0.20 0.60,0.20 0.60,0.25", tilted, 1));
});

test("the line follows the face on a photo of any shape", () => {
  const tall = 2; // twice as high as wide: lids end at 0.41
  assert.ok(!reachesEyes(square(0.415), EYES, tall));
  assert.ok(reachesEyes(square(0.405), EYES, tall));
});

test("without eyes or without an outline there is nothing to reach", () => {
  assert.ok(!reachesEyes(square(0.1), "", 1));
  assert.ok(!reachesEyes("", EYES, 1));
});
