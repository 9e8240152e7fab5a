// The people page: which photos of a group show one person.

/** @import { KeyRow } from "../base/keys.js" */

import { findAll } from "../base/elements.js";
import { press } from "../base/forms.js";
import { t } from "../base/translation.js";
import { Group } from "./group.js";
import { listed, pairsAmong } from "./numbers.js";

/**
 * The scope of a decision now, and which decisions are possible.
 * @typedef {{ says: string, same_person?: boolean, different?: boolean }} Scope
 */

const group = new Group();
const apart = new Set(JSON.parse(group.views?.dataset.apart ?? "[]").map(String));

/**
 * @param {number[]} picked
 * @returns {Scope}
 */
function scopeOf(picked) {
  const numbers = { numbers: listed(picked) };
  if (picked.length === 1)
    return { says: t("Photo %(numbers)s is picked: pick one more, or press Esc to clear.", numbers) };
  const pairs = pairsAmong(picked.length ? picked : group.members.map(({ number }) => number));
  const known = pairs.filter((pair) => apart.has(String(pair)));
  const different = known.length < pairs.length;
  if (known.length) return { says: sayApart(picked, known[0], different), different };
  const all = t("A decision applies to all photos shown; pick photos to decide only those.");
  const says = picked.length
    ? t("A decision applies only to photos %(numbers)s; Esc clears the selection.", numbers)
    : all;
  return { says, same_person: true, different };
}

/**
 * Say that photos are known to show different people, and what can still be decided.
 * @param {number[]} picked
 * @param {number[]} known a pair of them
 * @param {boolean} different whether other photos are not known to
 */
function sayApart(picked, known, different) {
  if (!picked.length) return t("Pick the photos that show one person, or decide that all are different people.");
  if (!different) {
    const numbers = { numbers: listed(picked) };
    return t("Photos %(numbers)s are known to show different people: pick others, or press Esc to clear.", numbers);
  }
  return t("Photos %(numbers)s are known to show different people: pick only one of them.", { numbers: listed(known) });
}

function tellPicked() {
  const picked = group.pickedNumbers;
  const { says, ...may } = scopeOf(picked);
  group.tell(says, !picked.length && may.same_person === true);
  for (const button of findAll("button[name=decision]", HTMLButtonElement)) {
    button.disabled = !(button.value === "same_person" ? may.same_person : may.different);
  }
}

group.onPick(tellPicked);
if (group.mayPick) tellPicked();
/** @type {KeyRow[]} */
// biome-ignore format: a row of the table is a line
export const KEYS = [
  { action: "same_person", keys: ["p"], says: t("One person"), run: press('[value="same_person"]'), click: false },
  { action: "different", keys: ["d"], says: t("All different people"), run: press('[value="different"]'), click: false },
  ...group.groupKeys(t("In a group of three or more: pick photos to decide only those")),
  ...group.zoomKeys(),
  ...group.lastKeys(t("Back: none picked, whole photos"), () => group.leave()),
];

group.begin(KEYS);
