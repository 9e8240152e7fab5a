// Binds a page's table of keys: the keys, the buttons that do the same, the hints on them, and the help.

import { find, findAll, findIfAny, targetOf } from "./elements.js";

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
 * The study's own keys of this page's actions.
 * @returns {Record<string, string[]>}
 */
function studyKeys() {
  const help = typeof document === "undefined" ? null : findIfAny("#help[data-keys]", HTMLElement);
  return JSON.parse(help?.dataset.keys ?? "{}");
}

/**
 * A table with the study's own keys in place of the usual ones.
 * @param {KeyRow[]} table
 * @param {Record<string, string[]>} [own]
 */
export function keyed(table, own = studyKeys()) {
  return table.map((row) => (row.action in own ? { ...row, keys: own[row.action] } : row));
}

/**
 * The first key of an action, as it is named in texts.
 * @param {string} action
 * @param {string} usual
 */
export function nameOfKey(action, usual) {
  return nameOf(studyKeys()[action]?.[0] ?? usual);
}

/**
 * The key of an event, in the tables' notation. What AltGr types is a character, though Windows reports Ctrl and Alt.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey"> & Partial<KeyboardEvent>} event
 */
export function keyOf(event) {
  const ctrl = (event.ctrlKey || event.metaKey) && !event.getModifierState?.("AltGraph");
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
 * The key that stands at the same place of an English keyboard: a digit where digits need Shift (French keyboards), or a
 * letter where another script is typed; empty otherwise.
 * @param {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey">} event
 */
export function placeOf({ key, code, ctrlKey, metaKey, shiftKey }) {
  const letter = key.length === 1 && key > "\u007f" ? (/^Key(\w)$/.exec(code)?.[1] ?? "") : "";
  const there = letter || digitOf({ key, code, shiftKey });
  return there && keyOf({ key: there, ctrlKey, metaKey, shiftKey });
}

/**
 * The key in the notation of the help and the hints.
 * @param {string} key
 */
export function nameOf(key) {
  return NAMES[key] ?? key.replace("ctrl+", "Ctrl+").replace(/[^+]+$/, (last) => last.toUpperCase());
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
  table = keyed(table);
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
  const isAlt = event.altKey && !event.getModifierState("AltGraph");
  if (event.defaultPrevented || event.isComposing || isAlt) return;
  const typed = keyOf(event);
  const key = rows.has(typed) ? typed : placeOf(event);
  const row = rows.get(key);
  if (!row || document.querySelector("dialog[open]")) return;
  const target = targetOf(event);
  if (target.closest(TYPED_INTO) && !row.whileTyping && key !== "ctrl+enter") return;
  if (key in PRESSED_BY && target.closest(PRESSED_BY[key])) return;
  if (event.repeat && !row.repeats) return event.preventDefault();
  const { shiftKey } = event;
  if (row.run(key === typed ? event : { key, shiftKey, target }) === false) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {KeyRow[]} table */
function bindReleases(table) {
  const held = table.filter((row) => row.release);
  window.addEventListener("keyup", (event) => {
    const pressed = [event.key.toLowerCase(), placeOf(event)];
    for (const row of held) if (row.keys.some((key) => pressed.includes(key))) row.release?.();
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
  if (!keys.length) return bindClicks(buttons, click);
  if (unmarked) for (const button of buttons) tellInTitle(button, keys[0]);
  else for (const element of [...buttons, ...findAll(`[data-key="${action}"]`, HTMLElement)]) hint(element, keys[0]);
  bindClicks(buttons, click);
}

/**
 * @param {HTMLElement[]} buttons
 * @param {KeyRow["click"]} click
 */
function bindClicks(buttons, click) {
  if (click) for (const button of buttons) button.addEventListener("click", (event) => onClick(event, button, click));
}

/**
 * Name the key in the title of a button that names one.
 * @param {HTMLElement} button
 * @param {string} key
 */
function tellInTitle(button, key) {
  button.title = button.title.replace(/\(.*\)$/, `(${nameOf(key)})`);
  button.setAttribute("aria-keyshortcuts", shortcutOf(key));
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
  element.setAttribute("aria-keyshortcuts", shortcutOf(key));
}

/** @param {string} key */
function shortcutOf(key) {
  return key.replace("ctrl", "Control").replace("shift", "Shift");
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
  const parts = [...rowsByGroup(keyed(table).filter(({ keys }) => keys.length))].map(([group, rows]) =>
    helpPart(group, rows),
  );
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
