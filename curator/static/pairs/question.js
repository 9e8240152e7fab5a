// The page of a question that comes before a change.

/** @import { KeyRow } from "../base/keys.js" */

import { press, sendOnce } from "../base/forms.js";
import { bindKeys } from "../base/keys.js";
import { t } from "../base/translation.js";
import { layDoubted } from "./doubted.js";

const views = layDoubted(document);

/** @type {KeyRow[]} */
// biome-ignore format: a row of the table is a line
const KEYS = [
  { action: "confirm", keys: ["y"], says: t("Yes, do it"), run: press('[data-action="confirm"]'), click: false, unmarked: true },
  { action: "cancel", keys: ["escape"], says: t("Back, nothing changed"), run: press('[data-action="cancel"]'), click: false },
  { action: "difference", keys: ["x"], says: t("Difference of two photos"), run: () => views?.difference() ?? Boolean(views), click: false },
  { action: "flicker", keys: ["f"], says: t("Flicker: two photos alternate in one place"), run: () => views?.flicker() ?? Boolean(views), click: false },
  { action: "switch", keys: [" "], says: t("Flicker: the other photo, by hand"), run: () => views?.switch() ?? false },
  { action: "other", keys: ["o"], says: t("Compare another pair of the group"), run: () => views?.other() ?? Boolean(views), click: false },
];

sendOnce();
bindKeys(KEYS);
