import assert from "node:assert/strict";
import { test } from "node:test";

import { arrowsBy, PanZoom, turned } from "../../curator/static/base/pan-zoom.js";
import { placeIn } from "../../curator/static/base/zoom.js";

const near = (/** @type {number} */ one, /** @type {number} */ other) => assert.ok(Math.abs(one - other) < 1e-9);

/**
 * Where a place of the picture, from its middle, is seen.
 * @param {PanZoom} view
 * @param {number} place
 */
const seen = ({ scale, x }, place) => place * scale + x;

test("what lies under the pointer stays there while zooming", () => {
  const view = new PanZoom();
  view.by(2, { x: 0.3, y: -0.1 });
  const place = (0.3 - view.x) / view.scale;
  view.by(1.7, { x: 0.3, y: 0.2 });
  near(seen(view, place), 0.3);
});

test("zooming in and out again leads back to the whole", () => {
  const view = new PanZoom();
  view.by(4, { x: 0.2, y: 0.2 });
  view.by(1 / 8, { x: 0.2, y: 0.2 });
  assert.ok(view.isFitted);
});

test("a view is zoomed twelvefold at most", () => {
  const view = new PanZoom();
  view.by(100);
  assert.equal(view.scale, 12);
});

test("the whole picture stands in the middle", () => {
  const view = new PanZoom();
  view.by(3, { x: 0.4, y: 0.4 });
  view.fit();
  assert.deepEqual([view.scale, view.x, view.y], [1, 0, 0]);
});

test("a view stays within its limits on all sides", () => {
  const view = new PanZoom();
  view.move(5, -5);
  view.stayWithin(2, 3);
  assert.deepEqual([view.x, view.y], [2, -3]);
});

test("turning the wheel back undoes turning it", () => {
  near(turned(120) * turned(-120), 1);
  assert.ok(turned(-120) > 1);
});

test("an arrow shows more of the side that it points to", () => {
  const { ArrowLeft, ArrowDown } = arrowsBy(0.1);
  assert.deepEqual(
    [ArrowLeft, ArrowDown],
    [
      [0.1, 0],
      [0, -0.1],
    ],
  );
});

test("a place in a frame is told from the frame's middle", () => {
  const frame = {
    getBoundingClientRect: () => /** @type {DOMRect} */ ({ left: 10, top: 20, width: 200, height: 100 }),
  };
  assert.deepEqual(placeIn({ clientX: 110, clientY: 70 }, frame), { x: 0, y: 0 });
  assert.deepEqual(placeIn({ clientX: 210, clientY: 20 }, frame), { x: 0.5, y: -0.5 });
});
