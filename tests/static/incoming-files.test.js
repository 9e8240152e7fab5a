import assert from "node:assert/strict";
import { test } from "node:test";

import { isNameless, nameOfMoment } from "../../curator/static/inbox/incoming-files.js";

const MOMENT = new Date(2026, 0, 5, 9, 3, 7);

test("a picture copied out of a program has no name of its own", () => {
  assert.ok(isNameless({ name: "image.png" }));
  assert.ok(isNameless({ name: "" }));
  assert.ok(!isNameless({ name: "image of a cheek.png" }));
});

test("a nameless picture is named by the moment and its kind", () => {
  assert.equal(nameOfMoment({ type: "image/jpeg" }, MOMENT, 0), "pasted-2026-01-05-090307.jpg");
  assert.equal(nameOfMoment({ type: "" }, MOMENT, 0), "pasted-2026-01-05-090307.png");
});

test("pictures of one moment have names of their own", () => {
  assert.equal(nameOfMoment({ type: "image/png" }, MOMENT, 1), "pasted-2026-01-05-090307-2.png");
});
