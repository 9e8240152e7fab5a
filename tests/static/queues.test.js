import assert from "node:assert/strict";
import { test } from "node:test";

import { oneLess, progressOf } from "../../curator/static/ratings/queues.js";

test("a saved photo leaves its queue", () => {
  assert.deepEqual(oneLess({ left: 3, total: 10 }), { left: 2, total: 10 });
});

test("a queue never has fewer photos than none", () => {
  assert.deepEqual(oneLess({ left: 0, total: 10 }), { left: 0, total: 10 });
});

test("progress shows what is done of all", () => {
  assert.deepEqual(progressOf({ left: 3, total: 10 }), { value: 7, max: 10, hidden: false });
});

test("an empty queue is no bar without a length", () => {
  assert.equal(progressOf({ left: 0, total: 0 }).max, 1);
});
