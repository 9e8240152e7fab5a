// The scripts' words in the page's language; /language/<code>.js brings them before any module runs.

const words = globalThis.malarWords ?? {};
const plurals = new Intl.PluralRules(document.documentElement.lang || "en");

function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
}

/** Translate a text; `%(name)s` in it takes the value of that name. */
export function t(text, values = {}) {
  return fill(words[text] ?? text, values);
}

/** Translate a text about a number, which it may name as `%(num)s`. */
export function tn(one, many, count, values = {}) {
  const forms = words[one] ?? [one, many];
  const form = forms[plurals.select(count) === "one" ? 0 : 1];
  return fill(form, { num: number(count), ...values });
}

/** Write a number as the page's language does. */
export function number(value, digits = {}) {
  return value.toLocaleString(document.documentElement.lang, digits);
}
