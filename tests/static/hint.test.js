import assert from "node:assert/strict";
import { test } from "node:test";

import { hint } from "../../curator/static/ratings/hint.js";

const LOOKING = {
  tool: null,
  isTouched: false,
  isAdjusting: true,
  isSuggested: true,
  isHidden: false,
  isRefused: false,
  reachesEyes: false,
};

test("a region that was refused is not warned of again", () => {
  const said = hint({ ...LOOKING, isRefused: true, reachesEyes: true });
  assert.doesNotMatch(said, /eye/);
  assert.match(said, /Undo/);
});

test("a hidden region is told to be saved all the same", () => {
  assert.match(hint({ ...LOOKING, isHidden: true }), /hidden.*keeps/i);
});

test("under a finger no key is named", () => {
  for (const tool of /** @type {const} */ ([null, "rectangle", "polygon"]))
    for (const isAdjusting of [true, false])
      assert.doesNotMatch(hint({ ...LOOKING, tool, isAdjusting, isTouched: true }), /Enter|Esc|Backspace|Click/);
});

test("a tool in hand is what the hint is about, whatever the old region was", () => {
  const old = { ...LOOKING, isRefused: true, isHidden: true, reachesEyes: true };
  assert.match(hint({ ...old, tool: "polygon" }), /Enter/);
  assert.match(hint({ ...old, tool: "rectangle" }), /rectangle/);
});
