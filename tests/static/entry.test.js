import assert from "node:assert/strict";
import { test } from "node:test";

import { EntryHistory, fromServer, saysTheSame } from "../../curator/static/ratings/entry.js";

const EMPTY = { label: "", sex: "", evidence: "visual", region: "", origin: "", note: "", over_eyes: "", reason: "" };
const POSITIVE = { ...EMPTY, label: "positive" };

test("entries that differ in space around a text say the same", () => {
  assert.ok(saysTheSame({ ...EMPTY, note: "red \n" }, { ...EMPTY, note: "red" }));
});

test("what an entry leaves out counts as empty", () => {
  assert.ok(saysTheSame({ label: "positive" }, { label: "positive", note: "" }));
  assert.ok(!saysTheSame({ label: "positive" }, { label: "negative" }));
});

test("a saved entry is read as the form would hold it", () => {
  assert.equal(fromServer({ ...EMPTY, over_eyes: true }).over_eyes, "yes");
  assert.equal(fromServer({ ...EMPTY, over_eyes: false }).over_eyes, "");
});

test("a change is undone and done again", () => {
  const history = new EntryHistory(EMPTY);
  history.note(POSITIVE);
  assert.deepEqual(history.back(), EMPTY);
  assert.deepEqual(history.forth(), POSITIVE);
  assert.equal(history.forth(), null);
});

test("nothing changed is nothing to undo", () => {
  const history = new EntryHistory(EMPTY);
  history.note({ ...EMPTY });
  assert.equal(history.back(), null);
});

test("a note that is typed is one step", () => {
  const history = new EntryHistory(EMPTY);
  for (const note of ["r", "re", "red"]) history.note({ ...EMPTY, note });
  assert.deepEqual(history.back(), EMPTY);
});

test("a choice between two notes parts them", () => {
  const history = new EntryHistory(EMPTY);
  history.note({ ...EMPTY, note: "red" });
  history.note({ ...POSITIVE, note: "red" });
  history.note({ ...POSITIVE, note: "red cheeks" });
  assert.equal(history.back()?.note, "red");
  assert.equal(history.back()?.label, "");
});

test("a new change ends what could be done again", () => {
  const history = new EntryHistory(EMPTY);
  history.note(POSITIVE);
  history.back();
  history.note({ ...EMPTY, label: "negative" });
  assert.equal(history.forth(), null);
});

test("why a ruling changes is no part of what it says, and one step to type", () => {
  assert.ok(saysTheSame({ ...EMPTY, reason: "a slip" }, EMPTY));
  const history = new EntryHistory(EMPTY);
  for (const reason of ["a", "a slip"]) history.note({ ...EMPTY, reason });
  history.note({ ...EMPTY, reason: "a slip", note: "red" });
  assert.equal(history.back()?.reason, "a slip");
  assert.deepEqual(history.back(), EMPTY);
});

test("where the region is from is no part of what an entry says", () => {
  assert.ok(saysTheSame({ ...POSITIVE, origin: "accepted" }, { ...POSITIVE, origin: "drawn" }));
});

test("undoing a drawing brings the suggestion back as accepted", () => {
  const history = new EntryHistory({ ...EMPTY, region: "suggested", origin: "accepted" });
  history.note({ ...EMPTY, region: "drawn", origin: "drawn" });
  assert.equal(history.back()?.origin, "accepted");
});

const REFUSED = { region: "refused", origin: "drawn" };

test("a refused region is undone before what was chosen after it", () => {
  const history = new EntryHistory(EMPTY);
  history.note({ ...EMPTY, ...REFUSED });
  history.note({ ...POSITIVE, ...REFUSED });
  history.note({ ...POSITIVE, ...REFUSED, sex: "female" });
  history.moveRegionLast();
  assert.deepEqual(history.back(), { ...POSITIVE, sex: "female" });
  assert.deepEqual(history.back(), POSITIVE);
  assert.deepEqual(history.back(), EMPTY);
  assert.equal(history.back(), null);
});

test("an undone refused region can be had again, with all that was chosen", () => {
  const history = new EntryHistory(EMPTY);
  history.note({ ...EMPTY, ...REFUSED });
  history.note({ ...POSITIVE, ...REFUSED });
  history.moveRegionLast();
  history.back();
  assert.deepEqual(history.forth(), { ...POSITIVE, ...REFUSED });
});

test("a refused region gives way to the one before it", () => {
  const before = { ...EMPTY, region: "suggested", origin: "accepted" };
  const history = new EntryHistory(before);
  history.note({ ...before, label: "positive" });
  history.note({ ...POSITIVE, ...REFUSED });
  history.note({ ...POSITIVE, ...REFUSED, note: "red" });
  history.moveRegionLast();
  assert.deepEqual(history.back(), { ...before, label: "positive", note: "red" });
  assert.deepEqual(history.back(), { ...before, label: "positive" });
  assert.deepEqual(history.back(), before);
});

test("a refused region that was there from the start is removed", () => {
  const history = new EntryHistory({ ...EMPTY, ...REFUSED });
  history.note({ ...POSITIVE, ...REFUSED });
  history.moveRegionLast();
  assert.deepEqual(history.back(), POSITIVE);
});

test("a region refused twice is undone once", () => {
  const history = new EntryHistory(EMPTY);
  history.note({ ...EMPTY, ...REFUSED });
  history.moveRegionLast();
  history.moveRegionLast();
  assert.deepEqual(history.back(), EMPTY);
  assert.equal(history.back(), null);
});

test("without a region nothing is moved", () => {
  const history = new EntryHistory(EMPTY);
  history.note(POSITIVE);
  history.moveRegionLast();
  assert.deepEqual(history.back(), EMPTY);
});

test("insisting on a region over the eyes is no step of its own", () => {
  const history = new EntryHistory(EMPTY);
  history.note({ ...EMPTY, ...REFUSED });
  history.note({ ...EMPTY, ...REFUSED, over_eyes: "yes" });
  assert.deepEqual(history.back(), EMPTY);
  assert.equal(history.forth()?.over_eyes, "yes");
});
