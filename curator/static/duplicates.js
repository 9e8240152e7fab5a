// The duplicates page: keys for the decision, picked photos, and the views of a group.

import { Overlay } from "./overlay.js";
import { press, sendOnce } from "./forms.js";
import { bindKeys, fillHelp } from "./keys.js";
import { fetchNext, listed, markPicked, members, onPick, pick, pickedNumbers, pickNone } from "./group.js";
import { showAtEqualScale } from "./equal-scale.js";
import { t } from "./translation.js";
import { zoomKeys, zoomOf } from "./zoom.js";

const SAID = { same_person: t("the same person"), different: t("different people") };
const DECISIONS = { copy: t("Copies"), same_person: t("Same person"), different: t("Different people") };
const SCOPES = {
  group: t("A decision is for the whole group; pick photos to decide only them."),
  part: t("A decision is for all photos shown; pick photos to decide only them."),
};
const MOST_NAMED = 4; // photos on a button
const DECIDING = ["copy", "same_person", "different", "next", "undo", "pick"];
const decision = document.querySelector("#decision");
const mayDecide = decision?.dataset.open === "yes";
const told = document.querySelector("#picked");
const help = document.querySelector("#help");
const views = document.querySelector("#views");
const toolbar = document.querySelector(".toolbar");
const beside = document.querySelector(".group");
const pairs = [...document.querySelectorAll("#pairs tbody tr")].map((row) => ({
  first: Number(row.dataset.first),
  second: Number(row.dataset.second),
  decision: row.dataset.decision, // empty while it waits
  opposes: row.dataset.opposes === "yes", // somebody decided that these are no copies
  by: row.dataset.by,
  alignment: JSON.parse(row.dataset.alignment),
}));
const overlay = views ? new Overlay(document.querySelector("#comparison")) : null;
const zoom = zoomOf(views, toolbar);
let compared = 0; // which pair the comparison shows

function button(action) {
  return toolbar.querySelector(`[data-action="${action}"]`);
}

function isAmong(pair, numbers) {
  return numbers.includes(pair.first) && numbers.includes(pair.second);
}

function chosen(numbers) {
  return pairs.filter((pair) => !pair.decision && (!numbers.length || isAmong(pair, numbers)));
}

/** Map each photo of these pairs to all that they join it to, itself among them. */
function joinedBy(links) {
  const joined = new Map(members.map(({ number }) => [number, new Set([number])]));
  for (const { first, second } of links) {
    const together = new Set([...joined.get(first), ...joined.get(second)]);
    for (const one of together) joined.set(one, together);
  }
  return joined;
}

/** Say why a decision on these pairs would be refused, as dedup refuses it; nothing where it would not. */
function refusal(decision, waiting) {
  const copies = pairs.filter((pair) => pair.decision === "copy");
  const joined = joinedBy(decision === "copy" ? [...copies, ...waiting] : copies);
  if (decision !== "copy") {
    const settled = waiting.find(({ first, second }) => joined.get(first).has(second));
    return (
      settled && t("Only copies: photos %(numbers)s are copies already, through others.", { numbers: named(settled) })
    );
  }
  const touched = new Set(waiting.map(({ first }) => joined.get(first)));
  const opposed = pairs.find(
    (pair) => pair.opposes && joined.get(pair.first).has(pair.second) && touched.has(joined.get(pair.first)),
  );
  if (!opposed) return opposed;
  const facts = { numbers: named(opposed), decision: SAID[opposed.decision], name: opposed.by };
  return t(
    "No copies: photos %(numbers)s were decided to be %(decision)s, by %(name)s. Take that back above, or pick photos.",
    facts,
  );
}

function named({ first, second }) {
  return listed([Math.min(first, second), Math.max(first, second)]);
}

/** What a decision would be about now, and whether there is anything to decide. */
function scope(numbers) {
  const picked = { numbers: listed(numbers) };
  if (!numbers.length) return { says: SCOPES[decision.dataset.scope], open: true };
  if (numbers.length === 1)
    return { says: t("Photo %(numbers)s is picked: pick one more, or Esc to pick none.", picked), open: false };
  if (chosen(numbers).length)
    return { says: t("A decision is only for photos %(numbers)s; Esc picks none.", picked), open: true };
  return {
    says: t("Photos %(numbers)s have no undecided pair of their own: pick others, or Esc to pick none.", picked),
    open: false,
  };
}

/** Let a button name the photos picked: `Copies 1, 2` in place of `All copies`. */
function nameDecision(pressed, numbers) {
  const words = pressed.querySelector("span");
  pressed.dataset.all ??= words.textContent;
  const about = numbers.length > MOST_NAMED ? t("of %(count)s", { count: numbers.length }) : numbers.join(", ");
  words.textContent = numbers.length > 1 ? `${DECISIONS[pressed.value]} ${about}` : pressed.dataset.all;
}

/** Say what a decision would be about, and open the buttons of those that would be taken. */
function tellScope() {
  const numbers = pickedNumbers();
  const { says, open } = scope(numbers);
  const why = new Set();
  for (const one of decision.querySelectorAll("button[name=decision]")) {
    const reason = open && refusal(one.value, chosen(numbers));
    one.disabled = !open || Boolean(reason);
    nameDecision(one, numbers);
    if (reason) why.add(reason);
  }
  told.textContent = [...(numbers.length || !why.size ? [says] : []), ...why].join(" ");
  told.classList.toggle("quiet-hint", !numbers.length && !why.size);
  told.classList.remove("refused");
}

function tellPicked() {
  tellScope();
  markPicked();
  if (overlay.kind) show(overlay.kind);
}

/** The key of a decision: a refused one says why instead of nothing. */
function decide(value) {
  return () => {
    const pressed = decision?.querySelector(`[value="${value}"]`);
    if (!pressed || !mayDecide) return false;
    if (!pressed.disabled) return pressed.click();
    told.classList.add("refused");
    const says = told.textContent;
    told.textContent = ""; // the same words again are not read aloud
    requestAnimationFrame(() => (told.textContent = says));
  };
}

/** The pairs to compare one after the other: of photos picked only those, and two of them paired or not. */
function comparable() {
  const numbers = pickedNumbers();
  if (numbers.length < 2) return pairs;
  const among = pairs.filter((pair) => isAmong(pair, numbers));
  return among.length ? among : [{ first: numbers[0], second: numbers[1], alignment: null }];
}

function show(kind) {
  const all = comparable();
  const pair = all[compared % all.length];
  beside.hidden = true;
  tellView(kind);
  overlay.open(kind, members[pair.first - 1], members[pair.second - 1], pair.alignment);
}

function toggle(kind) {
  return () => (overlay?.kind === kind ? showBeside() : views ? show(kind) : false);
}

function showBeside() {
  overlay.close();
  beside.hidden = false;
  tellView("beside");
}

function tellView(shown) {
  for (const view of ["beside", "flicker", "difference"])
    button(view).setAttribute("aria-pressed", String(view === shown));
  button("switch").hidden = shown !== "flicker";
  button("other").hidden = shown === "beside" || comparable().length < 2;
}

function showOther() {
  if (!overlay?.kind || button("other").hidden) return false;
  compared += 1;
  show(overlay.kind);
}

function leave() {
  if (overlay?.kind) return showBeside();
  if (pickedNumbers().length) {
    pickNone();
    return tellPicked();
  }
  if (zoom && !zoom.isFitted) return zoom.fit();
  return false;
}

// biome-ignore format: a row of the table is a line
const KEYS = [
  { action: "copy", keys: ["c"], says: t("All are copies: keep one"), run: decide("copy"), click: false },
  { action: "same_person", keys: ["p"], says: t("Same person: keep all, in one split"), run: decide("same_person"), click: false },
  { action: "different", keys: ["d"], says: t("Different people: all kept, and never taken for one person"), run: decide("different"), click: false },
  { action: "next", keys: ["n"], says: t("Next group, nothing decided"), run: press('[data-action="next"]'), click: false },
  { action: "undo", keys: ["z", "ctrl+z"], says: t("Undo your last decision"), run: press('[data-action="undo"]'), click: false },
  { action: "pick", keys: [..."123456789"], says: t("In a group of three and more: pick photos, to decide or compare only them"), run: (event) => pick(event.key) },
  { action: "flicker", keys: ["f"], says: t("Flicker: two photos alternate in one place"), run: toggle("flicker") },
  { action: "switch", keys: [" "], says: t("Flicker: the other photo, by hand"), run: () => overlay?.switch() ?? Boolean(overlay?.kind) },
  { action: "difference", keys: ["x"], says: t("Difference of two photos"), run: toggle("difference") },
  { action: "other", keys: ["o"], says: t("Compare another pair of the group"), run: showOther },
  { action: "beside", keys: ["s"], says: t("Side by side"), run: () => (views ? showBeside() : false) },
  ...zoomKeys(zoom),
  { action: "bulk", keys: ["v"], says: t("Decide verified pairs together"), run: press('[data-action="bulk"]'), click: false },
  { action: "cancel", keys: ["escape"], says: t("Back: side by side, pick none, whole photos"), run: leave, click: false, unmarked: true },
  { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

onPick(tellPicked);
if (mayDecide && pairs.length > 1) tellScope();
if (toolbar) toolbar.hidden = false;
if (views) new ResizeObserver(() => beside.hidden || showAtEqualScale(members, pairs)).observe(beside);
sendOnce();
bindKeys(KEYS);
fillHelp(help, views && !decision ? KEYS.filter(({ action }) => !DECIDING.includes(action)) : KEYS); // a decided pair
fetchNext(views);
