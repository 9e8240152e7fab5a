import assert from "node:assert/strict";
import { test } from "node:test";

import { number, t, tn } from "../../curator/static/base/translation.js";

test("a text takes its values", () => {
  assert.equal(t("Photo %(id)s was saved.", { id: 7 }), "Photo 7 was saved.");
});

test("a text about a number has the form of that number", () => {
  assert.equal(tn("%(num)s photo", "%(num)s photos", 1), "1 photo");
  assert.equal(tn("%(num)s photo", "%(num)s photos", 0), "0 photos");
});

test("numbers are written as the language does", () => {
  assert.equal(number(1234567), "1,234,567");
});

test("texts come in the page's language where it brings them", async () => {
  const words = { malarWords: { Redo: "Refazer", "%(num)s photo": ["%(num)s foto", "%(num)s fotos"] } };
  Object.assign(globalThis, words);
  const translated = await import(`../../curator/static/base/translation.js?${"in Portuguese"}`);
  assert.equal(translated.t("Redo"), "Refazer");
  assert.equal(translated.tn("%(num)s photo", "%(num)s photos", 2), "2 fotos");
});
