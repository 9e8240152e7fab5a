// The page of persons' codes that are written alike: are they one person?

import { find } from "../base/elements.js";
import { press, sendOnce } from "../base/forms.js";
import { bindKeys, fillHelp } from "../base/keys.js";
import { t } from "../base/translation.js";

const help = find("#help", HTMLDialogElement);

// biome-ignore format: a row of the table is a line
const table = [
  { action: "same_person", keys: ["p"], says: t("One person"), run: press('[data-action="same_person"]'), click: /** @type {const} */ (false) },
  { action: "different", keys: ["d"], says: t("All different people"), run: press('[data-action="different"]'), click: /** @type {const} */ (false) },
  { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

sendOnce();
bindKeys(table);
fillHelp(help, table);
