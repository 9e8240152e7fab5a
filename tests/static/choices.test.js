import assert from "node:assert/strict";
import { test } from "node:test";

import { askFor } from "../../curator/static/ratings/choices.js";

const RASH = {
  code: "label",
  name: "Rash",
  start: "",
  required: true,
  remembered: false,
  multiple: false,
  on_source: [],
  values: [
    { code: "positive", name: "Positive", key: "1" },
    { code: "negative", name: "Negative", key: "2" },
  ],
};

test("a missing choice is asked for with its keys, and by finger without them", () => {
  assert.equal(askFor(RASH, false), "Choose first: Rash (1, 2).");
  assert.equal(askFor(RASH, true), "Choose first: Rash.");
});
