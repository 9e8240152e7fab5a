// What the rater chooses for each photo, from the server's table of attributes: the label first, then the attributes.

import { nameOf } from "../base/keys.js";
import { t } from "../base/translation.js";

/**
 * A value that can be chosen; without a key, only by its button.
 * @typedef {{ code: string, name: string, key: string }} ChoiceValue
 */

/**
 * One choice: `start` is the form's value for a new photo: the last value if it is `remembered`. The values `on_source`
 * cannot be told from the photo alone.
 * @typedef {object} Choice
 * @property {string} code
 * @property {string} name
 * @property {string} start
 * @property {boolean} required
 * @property {boolean} remembered
 * @property {boolean} multiple
 * @property {string[]} on_source
 * @property {ChoiceValue[]} values
 */

/**
 * Find the first choice that has to be made before the rating can be saved.
 * @param {Choice[]} choices
 * @param {Record<string, string>} entry
 */
export function missingChoice(choices, entry) {
  return choices.find(({ code, required }) => required && !entry[code]);
}

/**
 * Ask for a choice, naming its keys where there are keys to press.
 * @param {Choice} choice
 * @param {boolean} isTouched
 */
export function askFor({ name, values }, isTouched) {
  const keys = isTouched ? [] : values.flatMap(({ key }) => (key ? [nameOf(key)] : []));
  if (!keys.length) return t("Choose first: %(what)s.", { what: name });
  return t("Choose first: %(what)s (%(keys)s).", { what: name, keys: keys.join(", ") });
}

/**
 * Name a stored value as the form does; several codes are separated by spaces.
 * @param {Choice} choice
 * @param {string} value
 */
export function nameOfValue({ values, multiple }, value) {
  const names = (multiple ? value.split(" ") : [value]).map(
    (code) => values.find((one) => one.code === code)?.name ?? code,
  );
  return names.join(", ");
}
