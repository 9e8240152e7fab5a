// Finds a page's elements, typed as their callers need them.

/**
 * Find the one element of this kind; it is an error if the page lacks it.
 * @template {Element} E
 * @param {string} selector
 * @param {new () => E} Kind
 * @param {ParentNode} [within]
 */
export function find(selector, Kind, within = document) {
  const found = findIfAny(selector, Kind, within);
  if (!found) throw new ElementMissing(`${Kind.name} ${selector}`);
  return found;
}

/**
 * @template {Element} E
 * @param {string} selector
 * @param {new () => E} Kind
 * @param {ParentNode} [within]
 * @returns {E | null}
 */
export function findIfAny(selector, Kind, within = document) {
  const found = within.querySelector(selector);
  return found instanceof Kind ? found : null;
}

/**
 * @template {Element} E
 * @param {string} selector
 * @param {new () => E} Kind
 * @param {ParentNode} [within]
 */
export function findAll(selector, Kind, within = document) {
  const found = [...within.querySelectorAll(selector)].filter((one) => one instanceof Kind);
  return /** @type {E[]} */ (found); // the compiler does not see that Kind makes E
}

/**
 * The element that an event came from; the whole page if there is none.
 * @param {{ target: EventTarget | null }} event
 */
export function targetOf({ target }) {
  return target instanceof Element ? target : document.documentElement;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
export function textField(form, name) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) return field;
  throw new FieldMissing(name);
}

class ElementMissing extends Error {}

class FieldMissing extends Error {}
