import assert from "node:assert/strict";
import { test } from "node:test";

import { originOfChanged } from "../../curator/static/ratings/origin.js";

test("a suggestion that is changed stays a suggestion that was changed", () => {
  assert.equal(originOfChanged("accepted"), "edited");
  assert.equal(originOfChanged("edited"), "edited");
});

test("any other region that is changed is drawn", () => {
  for (const before of ["drawn", "copied", "imported"]) assert.equal(originOfChanged(before), "drawn");
});

test("what was not recorded is not made up", () => {
  assert.equal(originOfChanged(""), "");
});
