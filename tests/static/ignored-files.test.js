import assert from "node:assert/strict";
import { test } from "node:test";

import { isIgnored } from "../../curator/static/inbox/ignored-files.js";

const RULE = {
  names: ["@eadir", "thumbs.db"],
  endings: [".lrdata"],
  libraries: [".photoslibrary"],
  originals: ["originals"],
};

test("other programs' files are not sent", () => {
  for (const path of [
    ".DS_Store",
    "a/@eaDir/b.jpg",
    "Thumbs.db",
    "x/Previews.lrdata/1.jpg",
    "My.photoslibrary/resources/1.jpg",
  ]) {
    assert.ok(isIgnored(path, RULE), path);
  }
});

test("photos are sent", () => {
  for (const path of ["a.jpg", "eaDir/a.jpg", "My.photoslibrary/originals/1.heic", "resources/1.jpg"]) {
    assert.ok(!isIgnored(path, RULE), path);
  }
});
