// The duplicates page: which photos of a group are copies, shown side by side or overlaid.

/** @import { KeyRow } from "../base/keys.js" */
/** @import { OverlayKind } from "./overlay.js" */
/** @import { Decision, Pair } from "./pairs.js" */

import { find, findAll, findIfAny } from "../base/elements.js";
import { press } from "../base/forms.js";
import { t } from "../base/translation.js";
import { showAtEqualScale } from "./equal-scale.js";
import { Group } from "./group.js";
import { listed } from "./numbers.js";
import { Overlay } from "./overlay.js";
import { isAmong, refusal, undecided } from "./pairs.js";

/** @type {Record<string, string>} */
const DECISIONS = { copy: t("Copies"), same_person: t("Same person"), different: t("Different people") };
/** @type {Record<string, string>} */
const SCOPES = {
  group: t("A decision applies to the whole group; pick photos to decide only those."),
  part: t("A decision applies to all photos shown; pick photos to decide only those."),
};
const MOST_NAMED = 4; // photos named on a button
const DECIDING = ["copy", "same_person", "different", "next", "undo", "pick"];
const group = new Group();
const decision = findIfAny("#decision", HTMLFormElement);
const buttons = decision ? findAll("button[name=decision]", HTMLButtonElement, decision) : [];
const mayDecide = decision?.dataset.open === "yes";
const told = findIfAny("#picked", HTMLElement);
const beside = findIfAny(".group", HTMLElement);
const pairs = findAll("#pairs tbody tr", HTMLElement).map(pairOf);
const overlay = group.views ? new Overlay(find("#comparison", HTMLElement)) : null;
let compared = 0; // which pair the overlay shows

/**
 * @param {HTMLElement} row
 * @returns {Pair}
 */
function pairOf({ dataset }) {
  return {
    first: Number(dataset.first),
    second: Number(dataset.second),
    decision: /** @type {Decision | ""} */ (dataset.decision),
    opposes: dataset.opposes === "yes",
    by: dataset.by ?? "",
    alignment: JSON.parse(dataset.alignment ?? "null"),
  };
}

// -- The scope of a decision

/**
 * The scope of a decision now, and whether there is anything to decide.
 * @param {number[]} picked
 */
function scopeOf(picked) {
  const numbers = { numbers: listed(picked) };
  if (!picked.length) return { says: SCOPES[decision?.dataset.scope ?? "group"], open: true };
  if (picked.length === 1)
    return { says: t("Photo %(numbers)s is picked: pick one more, or press Esc to clear.", numbers), open: false };
  const open = undecided(pairs, picked).length > 0;
  const says = open
    ? t("A decision applies only to photos %(numbers)s; Esc clears the selection.", numbers)
    : t("There is no undecided pair among photos %(numbers)s: pick others, or press Esc to clear.", numbers);
  return { says, open };
}

/** Show the scope of a decision, and enable the buttons of the decisions that would be accepted. */
function tellScope() {
  const picked = group.pickedNumbers;
  const { says, open } = scopeOf(picked);
  const reasons = new Set();
  for (const button of buttons) {
    const reason = open ? refusal(button.value, pairs, undecided(pairs, picked)) : "";
    button.disabled = !open || reason !== "";
    nameDecision(button, picked);
    if (reason) reasons.add(reason);
  }
  group.tell(
    [...(picked.length || !reasons.size ? [says] : []), ...reasons].join(" "),
    !picked.length && !reasons.size,
  );
  told?.classList.remove("refused");
}

/**
 * Name the picked photos on a button: `Copies 1, 2` instead of `All copies`.
 * @param {HTMLButtonElement} button
 * @param {number[]} picked
 */
function nameDecision(button, picked) {
  const words = find("span", HTMLElement, button);
  button.dataset.all ??= words.textContent ?? "";
  const about = picked.length > MOST_NAMED ? t("of %(count)s", { count: picked.length }) : picked.join(", ");
  words.textContent = picked.length > 1 ? `${DECISIONS[button.value]} ${about}` : button.dataset.all;
}

/**
 * The key of a decision; if the decision would be refused, it says why.
 * @param {Decision} value
 */
function decide(value) {
  return () => {
    const button = buttons.find((one) => one.value === value);
    if (!button || !mayDecide) return false;
    if (!button.disabled) return button.click();
    sayAgain();
  };
}

function sayAgain() {
  if (!told) return;
  told.classList.add("refused");
  const says = told.textContent;
  told.textContent = ""; // screen readers do not read unchanged text again
  requestAnimationFrame(() => {
    told.textContent = says;
  });
}

// -- The views of the group

/** The pairs to compare one after the other: only those of picked photos, and any two picked photos even if not a pair. */
function comparable() {
  const picked = group.pickedNumbers;
  if (picked.length < 2) return pairs;
  const among = pairs.filter((pair) => isAmong(pair, picked));
  return among.length ? among : [{ first: picked[0], second: picked[1], alignment: null }];
}

/** @param {OverlayKind} kind */
function show(kind) {
  const all = comparable();
  const { first, second, alignment } = all[compared % all.length];
  if (beside) beside.hidden = true;
  tellView(kind);
  overlay?.open(kind, group.members[first - 1], group.members[second - 1], alignment);
}

/** @param {OverlayKind} kind */
function toggle(kind) {
  return () => {
    if (!overlay) return false;
    if (overlay.kind === kind) showBeside();
    else show(kind);
  };
}

function showBeside() {
  if (!overlay) return false;
  overlay.close();
  if (beside) beside.hidden = false;
  tellView("beside");
}

/** @param {string} action */
function tool(action) {
  return find(`.toolbar [data-action="${action}"]`, HTMLButtonElement);
}

/** @param {OverlayKind | "beside"} shown */
function tellView(shown) {
  for (const view of ["beside", "flicker", "difference"])
    tool(view).setAttribute("aria-pressed", String(view === shown));
  tool("switch").hidden = shown !== "flicker";
  tool("other").hidden = shown === "beside" || comparable().length < 2;
}

function showOther() {
  if (!overlay?.kind || tool("other").hidden) return false;
  compared += 1;
  show(overlay.kind);
}

function leave() {
  return overlay?.kind ? showBeside() : group.leave();
}

/** @type {KeyRow[]} */
// biome-ignore format: a row of the table is a line
export const KEYS = [
  { action: "copy", keys: ["c"], says: t("All are copies: keep one"), run: decide("copy"), click: false },
  { action: "same_person", keys: ["p"], says: t("Same person: keep all, in one split"), run: decide("same_person"), click: false },
  { action: "different", keys: ["d"], says: t("Different people: keep all, never treat them as one person"), run: decide("different"), click: false },
  ...group.groupKeys(t("In a group of three or more: pick photos to decide or compare only those")),
  { action: "flicker", keys: ["f"], says: t("Flicker: two photos alternate in one place"), run: toggle("flicker") },
  { action: "switch", keys: [" "], says: t("Flicker: the other photo, by hand"), run: () => overlay?.switch() ?? Boolean(overlay?.kind) },
  { action: "difference", keys: ["x"], says: t("Difference of two photos"), run: toggle("difference") },
  { action: "other", keys: ["o"], says: t("Compare another pair of the group"), run: showOther },
  { action: "beside", keys: ["s"], says: t("Side by side"), run: showBeside },
  ...group.zoomKeys(),
  { action: "bulk", keys: ["v"], says: t("Decide verified pairs together"), run: press('[data-action="bulk"]'), click: false },
  ...group.lastKeys(t("Back: side by side, none picked, whole photos"), leave),
];

group.onPick(() => {
  tellScope();
  if (overlay?.kind) show(overlay.kind);
});
if (mayDecide && pairs.length > 1) tellScope();
if (beside) new ResizeObserver(() => beside.hidden || showAtEqualScale(group.members, pairs)).observe(beside);
const isDecided = group.views && !decision;
group.begin(KEYS, isDecided ? KEYS.filter(({ action }) => !DECIDING.includes(action)) : KEYS);
