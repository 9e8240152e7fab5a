// The scripts' texts in the page's language; /language/<code>.js loads them before any module runs.

/** @typedef {Record<string, string | number>} Values */

/** @type {{ malarWords?: Record<string, string | string[]> }} */
const { malarWords = {} } = /** @type {object} */ (globalThis);
const language = globalThis.document?.documentElement.lang || "en"; // unit tests have no page
const plurals = new Intl.PluralRules(language);

/**
 * @param {string} text
 * @param {Values} values
 */
function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}

/**
 * Translate a text; `%(name)s` is replaced by the value of that name.
 * @param {string} text
 * @param {Values} [values]
 */
export function t(text, values = {}) {
  return fill(String(malarWords[text] ?? text), values);
}

/**
 * Translate a text about a number, which it may contain as `%(num)s`.
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Values} [values]
 */
export function tn(one, many, count, values = {}) {
  const [singular, plural] = malarWords[one] ?? [one, many];
  return fill(plurals.select(count) === "one" ? singular : plural, { num: number(count), ...values });
}

/**
 * Format a number in the page's language.
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [digits]
 */
export function number(value, digits = {}) {
  return value.toLocaleString(language, digits);
}
