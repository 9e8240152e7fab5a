import assert from "node:assert/strict";
import { test } from "node:test";

import { draftPrefix, isOutdated } from "../../curator/static/ratings/drafts.js";

const DAY_MS = 86_400_000;
const NOW = 1_700_000_000_000;

test("drafts of two accounts are never mixed up", () => {
  assert.ok(!draftPrefix("12").startsWith(draftPrefix("1")));
});

test("a draft of a ruling is not that of a rating, and goes with its account", () => {
  const ruling = draftPrefix("1", "adjudicate");
  assert.notEqual(ruling, draftPrefix("1", "unrated"));
  assert.ok(ruling.startsWith(draftPrefix("1")));
});

test("a draft is kept for seven days", () => {
  assert.ok(!isOutdated({ at: NOW - 6.9 * DAY_MS }, NOW));
  assert.ok(isOutdated({ at: NOW - 7 * DAY_MS }, NOW));
});

test("what is no draft is not kept", () => {
  assert.ok(isOutdated(null, NOW));
  assert.ok(isOutdated({}, NOW));
});
