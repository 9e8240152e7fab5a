// The annotate page's table of keys: the source of its keys, button actions, hints and help.

/** @import { Appearance } from "./appearance.js" */
/** @import { KeyRow } from "../base/keys.js" */
/** @import { RatingEditor } from "./rating-editor.js" */
/** @import { RegionEditor } from "./region.js" */
/** @import { Stage } from "./stage.js" */

import { hidingKey } from "../base/region-view.js";
import { t } from "../base/translation.js";
import { stageKeys } from "./stage.js";

/**
 * The actions of the keys that leave the photo.
 * @typedef {Record<"note" | "undo" | "save" | "saveByClick" | "skip" | "previous" | "samePerson" | "source" | "help", () => unknown>} Steps
 */

const [RATE, DRAW, LOOK, GO] = [t("Rate"), t("Region"), t("Look"), t("Go on")];

/**
 * @param {RatingEditor} rating
 * @param {Steps} steps
 * @returns {KeyRow[]}
 */
function ratingKeys(rating, steps) {
  const choices = rating.choices
    .flatMap(({ code, name, values }) =>
      values.map((value) => ({
        group: RATE,
        action: `${code}-${value.code}`,
        keys: value.key ? [value.key] : [],
        says: t("%(what)s: %(value)s", { what: name, value: value.name }),
        run: () => rating.choose(code, value.code),
      })),
    )
    .filter(({ keys }) => keys.length);
  // biome-ignore format: a row of the table is a line
  return [
    ...choices,
    { group: RATE, action: "note", keys: ["n"], says: t("Write a note; Shift+Enter starts a line, Esc leaves the field"), run: steps.note },
    { group: RATE, action: "undo", keys: ["ctrl+z"], says: t("Undo the last change of this photo, or what was just done"), unmarked: true, run: steps.undo },
    { group: RATE, action: "redo", keys: ["ctrl+shift+z", "ctrl+y"], says: t("Redo"), unmarked: true, run: () => rating.redo() },
  ];
}

/**
 * @param {RatingEditor} rating
 * @returns {KeyRow[]}
 */
function regionKeys(rating) {
  /** @param {(region: RegionEditor) => void} run */
  const drawing = (run) => () => rating.draw(run);
  // biome-ignore format: a row of the table is a line
  return [
    { group: DRAW, action: "rectangle", keys: ["r"], says: t("Draw a rectangle; it replaces the region"), run: drawing((it) => it.draw("rectangle")), click: drawing((it) => it.toggle("rectangle")) },
    { group: DRAW, action: "polygon", keys: ["p"], says: t("Draw a polygon, which Enter closes; it replaces the region"), run: drawing((it) => it.draw("polygon")), click: drawing((it) => it.toggle("polygon")) },
    { group: DRAW, action: "suggested", keys: ["t"], says: t("Take the suggested region"), run: () => rating.takeSuggested() },
    { group: DRAW, action: "copy", keys: ["c"], says: t("Copy the last saved region"), run: () => rating.takeLast() },
    { group: DRAW, action: "place", keys: ["g"], says: t("Put a rectangle in the middle; arrows move it, Shift and arrows resize it"), run: drawing((it) => it.place()) },
    { group: DRAW, action: "adjust", keys: ["a"], says: t("Go to the region’s corners: arrows move one, Tab leads to the next"), run: drawing((it) => it.enterCorners()), click: drawing((it) => it.adjust()) },
    { group: DRAW, action: "remove", keys: ["delete", "backspace"], says: t("Delete the region, its selected corner, or the last point drawn"), run: () => rating.remove() },
    { group: DRAW, action: "cancel", keys: ["escape"], says: t("Stop drawing, leave the corners"), run: () => rating.cancel() },
  ];
}

/**
 * @param {RatingEditor} rating
 * @param {Appearance} appearance
 * @param {Stage} stage
 * @returns {KeyRow[]}
 */
function lookKeys(rating, appearance, stage) {
  // biome-ignore format: a row of the table is a line
  return [
    hidingKey(rating.view, LOOK),
    { group: LOOK, action: "redness", keys: ["v"], says: t("Hold: redness beyond the face’s own skin, dark to light"), run: () => appearance.showRedness(true), release: () => appearance.showRedness(false), click: () => appearance.showRedness(!appearance.showsRedness) },
    ...stageKeys(stage, LOOK),
    { group: LOOK, action: "brighter", keys: ["]"], says: t("Brighter"), repeats: true, run: () => appearance.change("brightness", 1) },
    { group: LOOK, action: "darker", keys: ["["], says: t("Darker"), repeats: true, run: () => appearance.change("brightness", -1) },
    { group: LOOK, action: "more_contrast", keys: ["."], says: t("More contrast"), repeats: true, run: () => appearance.change("contrast", 1) },
    { group: LOOK, action: "less_contrast", keys: [","], says: t("Less contrast"), repeats: true, run: () => appearance.change("contrast", -1) },
    { group: LOOK, action: "plain", keys: ["o"], says: t("Original light"), run: () => appearance.plain() },
  ];
}

/**
 * @param {Steps} steps
 * @param {KeyRow[]} exclude
 * @returns {KeyRow[]}
 */
function stepKeys(steps, exclude) {
  // biome-ignore format: a row of the table is a line
  return [
    { group: GO, action: "save", keys: ["enter", "ctrl+enter"], says: t("Save and next"), run: steps.save, click: steps.saveByClick },
    { group: GO, action: "skip", keys: ["s"], says: t("Skip to the next photo without saving; a draft is kept"), run: steps.skip },
    { group: GO, action: "previous", keys: ["b"], says: t("Back to the photo you rated or excluded before"), run: steps.previous },
    { group: GO, action: "same_person", keys: ["j"], says: t("Same person as in the previous photo"), run: steps.samePerson },
    { group: GO, action: "source", keys: ["i"], says: t("Show where the photo was found; this is recorded"), run: steps.source },
    ...exclude.map((row) => ({ ...row, group: GO, keys: ["e", "x"] })),
    { group: GO, action: "help", keys: ["?"], says: t("This help"), run: steps.help },
  ];
}

/**
 * @param {{ rating: RatingEditor, appearance: Appearance, stage: Stage }} parts
 * @param {Steps} steps
 * @param {KeyRow[]} exclude the row that asks for a reason, if the account may
 */
export function annotateKeys({ rating, appearance, stage }, steps, exclude) {
  return [
    ...ratingKeys(rating, steps),
    ...regionKeys(rating),
    ...lookKeys(rating, appearance, stage),
    ...stepKeys(steps, exclude),
  ];
}
