import assert from "node:assert/strict";
import { test } from "node:test";

import { ActiveTime } from "../../curator/static/ratings/active-time.js";

const S = 1000;
const MINUTE = 60 * S;

test("the time between movements counts", () => {
  const time = new ActiveTime(0, { runs: true });
  time.move(3 * S);
  time.move(10 * S);
  assert.equal(time.seconds(12.34 * S), 12.3);
});

test("of a pause, one minute counts", () => {
  const time = new ActiveTime(0, { runs: true });
  assert.equal(time.seconds(50 * MINUTE), 60);
  time.move(50 * MINUTE);
  assert.equal(time.seconds(50 * MINUTE + 5 * S), 65);
});

test("a page that is not seen does not count", () => {
  const time = new ActiveTime(0, { runs: true });
  time.turn(4 * S, false);
  time.move(20 * S);
  time.turn(30 * S, true);
  assert.equal(time.seconds(31 * S), 5);
});

test("a page that opens in the background counts from when it is seen", () => {
  const time = new ActiveTime(0, { runs: false });
  assert.equal(time.seconds(30 * S), 0);
  time.turn(30 * S, true);
  assert.equal(time.seconds(32 * S), 2);
});

test("another photo starts over, with what it was looked at before", () => {
  const time = new ActiveTime(0, { runs: true });
  time.move(10 * S);
  time.begin(12 * S, 0);
  assert.equal(time.seconds(13 * S), 1);
  time.begin(14 * S, 40);
  assert.equal(time.seconds(15 * S), 41);
});

test("reading the time does not change it", () => {
  const time = new ActiveTime(0, { runs: true });
  assert.equal(time.seconds(59 * S), 59);
  assert.equal(time.seconds(90 * S), 60);
});

test("turning twice the same way counts nothing twice", () => {
  const time = new ActiveTime(0, { runs: true });
  time.turn(5 * S, false);
  time.turn(9 * S, false);
  time.turn(10 * S, true);
  time.turn(12 * S, true);
  assert.equal(time.seconds(12 * S), 7);
});
