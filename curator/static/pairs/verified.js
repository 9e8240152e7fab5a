// The page of verified pairs: keys for the decision, and a number field in which Enter counts the pairs.

/** @import { KeyRow } from "../base/keys.js" */

import { find, findIfAny } from "../base/elements.js";
import { press, sendOnce } from "../base/forms.js";
import { bindKeys, fillHelp } from "../base/keys.js";
import { t } from "../base/translation.js";

const help = find("#help", HTMLDialogElement);
const field = findIfAny("#min-percent", HTMLInputElement);

/** If the typed number has not been counted yet, count first. */
function accept() {
  if (!field || field.value === field.defaultValue) return press('[data-action="accept"]')();
  field.form?.requestSubmit();
}

/** @type {KeyRow[]} */
// biome-ignore format: a row of the table is a line
const KEYS = [
  { action: "accept", keys: ["c"], says: t("Decide the pairs counted as copies"), run: accept, click: false, whileTyping: true },
  { action: "count", keys: ["enter"], says: t("In the number field: count the pairs; then on the button: decide them"), run: () => false, click: false, unmarked: true },
  { action: "cancel", keys: ["escape"], says: t("Back to Duplicates, nothing decided"), run: press('[data-action="cancel"]'), click: false, whileTyping: true },
  { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal(), whileTyping: true },
];

sendOnce();
bindKeys(KEYS);
fillHelp(help, KEYS);
