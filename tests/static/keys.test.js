import assert from "node:assert/strict";
import { test } from "node:test";

import { keyed, keyOf, nameOf, placeOf, rowsByGroup, rowsByKey } from "../../curator/static/base/keys.js";

const PLAIN = { ctrlKey: false, metaKey: false, shiftKey: false };
const row = (/** @type {string} */ action, /** @type {string[]} */ keys, /** @type {string | undefined} */ group) => ({
  action,
  keys,
  group,
  says: action,
  run: () => {},
});

test("a letter is the same key with and without shift", () => {
  assert.equal(keyOf({ ...PLAIN, key: "r" }), "r");
  assert.equal(keyOf({ ...PLAIN, key: "R", shiftKey: true }), "r");
});

test("the command key of a Mac counts as Ctrl", () => {
  assert.equal(keyOf({ ...PLAIN, key: "z", metaKey: true }), "ctrl+z");
  assert.equal(keyOf({ ...PLAIN, key: "Z", ctrlKey: true, shiftKey: true }), "ctrl+shift+z");
});

test("keys are named as they are printed on a keyboard", () => {
  assert.equal(nameOf("arrowleft"), "←");
  assert.equal(nameOf("ctrl+enter"), "Ctrl+Enter");
  assert.equal(nameOf("r"), "R");
});

test("what AltGr types is a character", () => {
  const typed = {
    ...PLAIN,
    key: "[",
    ctrlKey: true,
    getModifierState: (/** @type {string} */ key) => key === "AltGraph",
  };
  assert.equal(keyOf(typed), "[");
});

test("digits that need Shift and letters of other scripts are known by their place", () => {
  assert.equal(placeOf({ ...PLAIN, key: "&", code: "Digit1" }), "1");
  assert.equal(placeOf({ ...PLAIN, key: "!", code: "Digit1", shiftKey: true }), "");
  assert.equal(placeOf({ ...PLAIN, key: "я", code: "KeyZ", ctrlKey: true }), "ctrl+z");
  assert.equal(placeOf({ ...PLAIN, key: "q", code: "KeyA" }), "");
});

test("a study's keys stand in place of the usual ones", () => {
  const table = keyed([row("skip", ["s"], undefined), row("save", ["enter"], undefined)], { skip: ["k", "q"] });
  assert.deepEqual(
    table.map(({ keys }) => keys),
    [["k", "q"], ["enter"]],
  );
});

test("each key of a row finds the row", () => {
  const remove = row("remove", ["delete", "backspace"], undefined);
  const rows = rowsByKey([remove, row("save", ["enter"], undefined)]);
  assert.equal(rows.get("backspace"), remove);
  assert.equal(rows.get("delete"), remove);
  assert.equal(rows.get("x"), undefined);
});

test("the help keeps the order of groups and of their rows", () => {
  const table = [row("a", ["a"], "Rate"), row("b", ["b"], "Look"), row("c", ["c"], "Rate"), row("d", ["d"], undefined)];
  const groups = [...rowsByGroup(table)].map(([group, rows]) => [group, rows.map(({ action }) => action)]);
  assert.deepEqual(groups, [
    ["Rate", ["a", "c"]],
    ["Look", ["b"]],
    ["", ["d"]],
  ]);
});
