// Binds a page's table of keys: the keys, the buttons that do the same, the hints on them, and the help.

import { find, findAll, targetOf } from "./elements.js";

/**
 * What triggers a row: a key, or a click on its button, which has no `key`.
 * @typedef {{ key?: string, shiftKey: boolean, target: EventTarget | null }} Press
 */

/**
 * A row of the table. Elements with data-action (or data-key) of its action get the hint; those with data-action run it
 * when clicked.
 * @typedef {object} KeyRow
 * @property {string} action
 * @property {string[]} keys
 * @property {string} says
 * @property {(press: Press) => unknown} run returns false if it does nothing and leaves the key to the browser
 * @property {((press: Press) => unknown) | false} [click] instead of `run`; false if a click needs no script
 * @property {() => void} [release] for an effect that lasts only while the key is down
 * @property {boolean} [repeats] whether holding the key runs it again
 * @property {boolean} [unmarked] without a hint
 * @property {boolean} [whileTyping] the key also works while typing in a field
 * @property {string} [group] for the help
 */

/** @type {Record<string, string>} */
const NAMES = {
  " ": "Space",
  "ctrl+enter": "Ctrl+Enter",
  "ctrl+z": "Ctrl+Z",
  "ctrl+shift+z": "Ctrl+Shift+Z",
  "ctrl+y": "Ctrl+Y",
  "ctrl+a": "Ctrl+A",
  "shift+arrows": "Shift+←→",
  delete: "Del",
  escape: "Esc",
  enter: "Enter",
  backspace: "Backspace",
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
  "-": "−",
};
const TYPED_INTO =
  "textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox]):not([type=range])";
/** @type {Record<string, string>} */
const PRESSED_BY = {
  " ": "button, summary, .a9s-handle, input",
  enter: "a, button, summary, .a9s-handle",
};

/**
 * The key of an event, in the tables' notation.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey">} event
 */
export function keyOf(event) {
  const ctrl = event.ctrlKey || event.metaKey;
  return (ctrl ? "ctrl+" : "") + (ctrl && event.shiftKey ? "shift+" : "") + event.key.toLowerCase();
}

/**
 * The digit of an event, also where digits need Shift (French keyboards); empty if it is none.
 * @param {Pick<KeyboardEvent, "key" | "code" | "shiftKey">} event
 */
export function digitOf({ key, code, shiftKey }) {
  if (/^\d$/.test(key)) return key;
  return shiftKey ? "" : (/^Digit(\d)$/.exec(code)?.[1] ?? "");
}

/**
 * The key in the notation of the help and the hints.
 * @param {string} key
 */
export function nameOf(key) {
  return NAMES[key] ?? key.toUpperCase();
}

/**
 * The rows of a table by their keys.
 * @param {KeyRow[]} table
 */
export function rowsByKey(table) {
  return new Map(table.flatMap((row) => row.keys.map((key) => [key, row])));
}

/**
 * The rows of a table by the groups of the help, in the table's order.
 * @param {KeyRow[]} table
 */
export function rowsByGroup(table) {
  /** @type {Map<string, KeyRow[]>} */
  const groups = new Map();
  for (const row of table) groups.set(row.group ?? "", [...(groups.get(row.group ?? "") ?? []), row]);
  return groups;
}

/** @param {KeyRow[]} table */
export function bindKeys(table) {
  const rows = rowsByKey(table);
  // On the window, before all others: Annotorious binds its own undo on the document.
  window.addEventListener("keydown", (event) => onKey(event, rows), { capture: true });
  bindReleases(table);
  for (const row of table) bindElements(row);
  document.documentElement.dataset.keys = "ready";
}

/**
 * @param {KeyboardEvent} event
 * @param {Map<string, KeyRow>} rows
 */
function onKey(event, rows) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const key = keyOf(event);
  const row = rows.get(key);
  if (!row || document.querySelector("dialog[open]")) return;
  const target = targetOf(event);
  if (target.closest(TYPED_INTO) && !row.whileTyping && key !== "ctrl+enter") return;
  if (key in PRESSED_BY && target.closest(PRESSED_BY[key])) return;
  if (event.repeat && !row.repeats) return event.preventDefault();
  if (row.run(event) === false) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {KeyRow[]} table */
function bindReleases(table) {
  const held = table.filter((row) => row.release);
  window.addEventListener("keyup", (event) => {
    for (const row of held) if (row.keys.includes(event.key.toLowerCase())) row.release?.();
  });
  // The key may be released in another window.
  window.addEventListener("blur", () => {
    for (const row of held) row.release?.();
  });
}

/** @param {KeyRow} row */
function bindElements(row) {
  const { action, keys, unmarked, run, click = run } = row;
  const buttons = findAll(`[data-action="${action}"]`, HTMLElement);
  if (!unmarked)
    for (const element of [...buttons, ...findAll(`[data-key="${action}"]`, HTMLElement)]) hint(element, keys[0]);
  if (click) for (const button of buttons) button.addEventListener("click", (event) => onClick(event, button, click));
}

/**
 * @param {MouseEvent} event
 * @param {HTMLElement} button
 * @param {(press: Press) => unknown} run
 */
function onClick(event, button, run) {
  if (event.detail) button.blur(); // clicked, not triggered by a key: the next Enter is meant for the page
  if (run(event) !== false) event.preventDefault();
}

/**
 * @param {HTMLElement} element
 * @param {string} key
 */
function hint(element, key) {
  if (element.querySelector("kbd")) return;
  const mark = keyMark(key);
  mark.setAttribute("aria-hidden", "true");
  element.append(mark);
  element.setAttribute("aria-keyshortcuts", key.replace("ctrl", "Control").replace("shift", "Shift"));
}

/** @param {string} key */
function keyMark(key) {
  return Object.assign(document.createElement("kbd"), { textContent: nameOf(key) });
}

/**
 * Fill the help dialog from the same table, a heading for each group.
 * @param {HTMLDialogElement} dialog
 * @param {KeyRow[]} table
 */
export function fillHelp(dialog, table) {
  const parts = [...rowsByGroup(table)].map(([group, rows]) => helpPart(group, rows));
  find("table", HTMLTableElement, dialog).replaceChildren(...parts);
}

/**
 * @param {string} group
 * @param {KeyRow[]} rows
 */
function helpPart(group, rows) {
  const body = document.createElement("tbody");
  if (group) {
    const facts = { colSpan: 2, scope: "rowgroup", textContent: group };
    body.insertRow().append(Object.assign(document.createElement("th"), facts));
  }
  for (const { keys, says } of rows) {
    const line = body.insertRow();
    line.insertCell().append(...keys.flatMap((key, index) => (index ? [" ", keyMark(key)] : [keyMark(key)])));
    line.insertCell().textContent = says;
  }
  return body;
}
