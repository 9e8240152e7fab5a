import assert from "node:assert/strict";
import { test } from "node:test";

import { inverse, isFlat, toPixels, warp } from "../../curator/static/pairs/warp.js";

/** @typedef {import("../../curator/static/pairs/warp.js").Matrix} Matrix */

/** @type {Matrix} */
const NEARER = [
  [1, 0, 0],
  [0, 1, 0],
  [0.25, 0, 1],
];

/**
 * A picture whose red is a pixel's column, and green its row.
 * @param {number} width
 * @param {number} height
 */
function ramp(width, height) {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let at = 0; at < width * height; at += 1) data.set([at % width, Math.floor(at / width), 0, 255], at * 4);
  return { width, height, data };
}

/**
 * @param {number} width
 * @param {number} height
 */
function page(width, height) {
  return { width, height, data: new Uint8ClampedArray(width * height * 4) };
}

test("an alignment of two rows is flat, one seen at an angle is not", () => {
  /** @type {[import("../../curator/static/base/answers.js").Row, import("../../curator/static/base/answers.js").Row]} */
  const rows = [
    [0.5, 0, 0.25],
    [0, 0.5, 0],
  ];
  assert.ok(isFlat(toPixels({ mirrored: false, matrix: rows }, 100, 200)));
  assert.ok(!isFlat(toPixels({ mirrored: false, matrix: NEARER }, 100, 200)));
});

test("pixels of the second photo map to pixels of the first, mirrored before if it is", () => {
  const [[a, , x]] = toPixels(
    {
      mirrored: false,
      matrix: [
        [0.5, 0, 0.25],
        [0, 0.5, 0],
      ],
    },
    100,
    200,
  );
  assert.deepEqual([a * 200 + x, x], [75, 25]);
  const [[b, , y]] = toPixels(
    {
      mirrored: true,
      matrix: [
        [0.5, 0, 0.25],
        [0, 0.5, 0],
      ],
    },
    100,
    200,
  );
  assert.deepEqual([b * 200 + y, y], [25, 75]);
});

test("a picture laid on its own frame is unchanged", () => {
  const drawn = page(6, 4);
  warp(
    ramp(6, 4),
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    drawn,
  );
  assert.deepEqual(drawn.data, ramp(6, 4).data);
});

test("each pixel is read where the perspective puts it, and none is invented", () => {
  const drawn = page(40, 20);
  /** @type {Matrix} */
  const tilted = [
    [1, 0, 0],
    [0, 1, 0],
    [0.01, 0, 1],
  ];
  warp(ramp(40, 20), tilted, drawn);
  const x = 20.5;
  const red = drawn.data[(5 * 40 + 20) * 4];
  assert.ok(Math.abs(red - (x / (1 - 0.01 * x) - 0.5)) < 1);
  assert.equal(drawn.data[(5 * 40 + 39) * 4 + 3], 0); // beyond the picture's edge
});

test("an inverse takes points back", () => {
  const [[a, b, c], , [g, h, i]] = inverse(NEARER);
  const [x, y, depth] = [2, 3, 0.25 * 2 + 1];
  const there = [x / depth, y / depth];
  const back = (a * there[0] + b * there[1] + c) / (g * there[0] + h * there[1] + i);
  assert.ok(Math.abs(back - x) < 1e-9);
});
