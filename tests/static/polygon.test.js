import assert from "node:assert/strict";
import { test } from "node:test";

import {
  bounds,
  cornerMoved,
  formatRegion,
  isInsidePhoto,
  moved,
  parseRegion,
  resized,
  withinPhoto,
} from "../../curator/static/ratings/polygon.js";

const CHEEKS = "0.300000,0.400000 0.700000,0.400000 0.700000,0.650000 0.300000,0.650000";

test("a region is written as it was read", () => {
  assert.equal(formatRegion(parseRegion(CHEEKS)), CHEEKS);
});

test("an empty region has no points, and is written empty", () => {
  assert.deepEqual(parseRegion("  "), []);
  assert.equal(formatRegion([]), "");
});

test("space around and between points means nothing", () => {
  assert.deepEqual(parseRegion(" 0.1,0.2\n 0.3,0.4 "), [
    [0.1, 0.2],
    [0.3, 0.4],
  ]);
});

test("a region moves as a whole", () => {
  assert.equal(
    formatRegion(moved(parseRegion(CHEEKS), [0.1, -0.1])),
    "0.400000,0.300000 0.800000,0.300000 0.800000,0.550000 0.400000,0.550000",
  );
});

test("one corner moves, and the others stay", () => {
  assert.equal(
    formatRegion(cornerMoved(parseRegion(CHEEKS), 2, [0.05, -0.05])),
    "0.300000,0.400000 0.700000,0.400000 0.750000,0.600000 0.300000,0.650000",
  );
});

test("a corner stops at the photo's edge", () => {
  assert.deepEqual(cornerMoved(parseRegion("0.1,0.1 0.9,0.1 0.5,0.99"), 2, [0, 0.05])[2], [0.5, 1]);
  assert.deepEqual(cornerMoved(parseRegion("0.01,0.1 0.9,0.1 0.5,0.9"), 0, [-0.05, -0.2])[0], [0, 0]);
});

test("a region that is resized keeps its upper left corner", () => {
  const after = bounds(resized(parseRegion(CHEEKS), [0.1, 0.05]));
  const { minX, minY } = bounds(parseRegion(CHEEKS));
  assert.deepEqual([after.minX, after.minY], [minX, minY]);
  assert.ok(Math.abs(after.maxX - 0.8) < 1e-9);
  assert.ok(Math.abs(after.maxY - 0.7) < 1e-9);
});

test("a region without width is not torn apart by resizing", () => {
  assert.ok(resized(parseRegion("0.5,0.1 0.5,0.2 0.5,0.3"), [0.1, 0]).flat().every(Number.isFinite));
});

test("a region that leaves the photo is noticed", () => {
  assert.ok(isInsidePhoto(parseRegion("0,0 1,0 1,1")));
  assert.ok(!isInsidePhoto(parseRegion("0,0 1.001,0 1,1")));
  assert.ok(!isInsidePhoto(parseRegion("0,-0.001 1,0 1,1")));
});

test("a point drawn outside the photo lands on its edge", () => {
  assert.deepEqual(withinPhoto([-0.2, 0.5]), [0, 0.5]);
  assert.deepEqual(withinPhoto([0.3, 1.7]), [0.3, 1]);
});
