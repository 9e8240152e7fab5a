import assert from "node:assert/strict";
import { test } from "node:test";

import { joinedBy, listed, pairsAmong } from "../../curator/static/pairs/numbers.js";

test("numbers are listed as a text names them", () => {
  assert.equal(listed([1, 2, 3]), "1, 2 and 3");
  assert.equal(listed([4]), "4");
  assert.equal(listed([]), "");
});

test("each two numbers are one pair", () => {
  assert.deepEqual(pairsAmong([1, 3, 4]), [
    [1, 3],
    [1, 4],
    [3, 4],
  ]);
});

test("links join numbers through others", () => {
  const links = [
    { first: 1, second: 2 },
    { first: 3, second: 4 },
    { first: 4, second: 2 },
  ];
  const joined = joinedBy(links);
  for (const number of [1, 2, 3, 4]) assert.deepEqual([...(joined.get(number) ?? [])].sort(), [1, 2, 3, 4]);
});

test("what no link joins stays apart", () => {
  const joined = joinedBy([
    { first: 1, second: 2 },
    { first: 3, second: 4 },
  ]);
  assert.ok(!joined.get(1)?.has(3));
});
