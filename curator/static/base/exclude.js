// Asks why photos are excluded: a reason by its number, or free text.

/** @import { KeyRow } from "./keys.js" */

import { findAll, findIfAny, targetOf } from "./elements.js";
import { digitOf } from "./keys.js";

/**
 * The parts of a page that a dialog of reasons needs; both may be left out.
 * @typedef {object} ExcludeHooks
 * @property {(dialog: HTMLDialogElement) => void} [opening] runs before the dialog opens
 * @property {(event: SubmitEvent, reason: FormData) => void} [chosen] runs before the form is sent
 */

/**
 * The row of the key and the button that ask for a reason; none where the page has no dialog `#excluding`.
 * @param {string} says
 * @param {ExcludeHooks} [hooks]
 * @returns {KeyRow[]}
 */
export function excludeKeys(says, { opening, chosen } = {}) {
  const dialog = findIfAny("#excluding", HTMLDialogElement);
  if (!dialog) return [];
  bindReasons(dialog);
  for (const form of findAll("form[method=post]", HTMLFormElement, dialog)) {
    form.addEventListener("submit", (event) => {
      const reason = reasonOf(form, event.submitter);
      dialog.close();
      chosen?.(event, reason);
      setTimeout(() => form.reset());
    });
  }
  const run = () => {
    opening?.(dialog);
    dialog.showModal();
  };
  return [{ action: "exclude", keys: ["e"], says, run }];
}

/**
 * Let the numbers press the reasons of a list.
 * @param {HTMLElement} list
 */
export function bindReasons(list) {
  list.addEventListener("keydown", (event) => pressReason(list, event));
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
function reasonOf(form, submitter) {
  const isReason = submitter instanceof HTMLButtonElement && submitter.name;
  return new FormData(form, isReason ? submitter : null);
}

/**
 * @param {HTMLElement} list
 * @param {KeyboardEvent} event
 */
function pressReason(list, event) {
  if (targetOf(event).closest("input, select") || event.ctrlKey || event.altKey || event.metaKey) return;
  const reason = findAll("button[name=reason]", HTMLButtonElement, list)[Number(digitOf(event)) - 1];
  if (!reason) return;
  event.preventDefault();
  reason.click();
}
