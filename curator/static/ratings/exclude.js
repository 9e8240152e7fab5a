// Asks why a photo is excluded: a reason by its number, or free text.

import { find, findAll, findIfAny, targetOf } from "../base/elements.js";

/**
 * Move the page's forms into the dialog `#excluding`; returns its opener, which does nothing without a dialog.
 * @param {(reason: FormData) => void} exclude
 */
export function excludeDialog(exclude) {
  const dialog = findIfAny("#excluding", HTMLDialogElement);
  if (!dialog) return () => false;
  const details = find("#exclude", HTMLDetailsElement);
  const forms = findAll("form", HTMLFormElement, details);
  find("form[method=dialog]", Element, dialog).before(...forms);
  for (const form of forms) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const data = reasonOf(form, event.submitter);
      dialog.close();
      form.reset();
      exclude(data);
    });
  }
  dialog.addEventListener("keydown", (event) => pressReason(dialog, event));
  details.addEventListener("toggle", () => {
    details.open = false; // its summary opens the dialog
  });
  return () => dialog.showModal();
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
 * @param {HTMLDialogElement} dialog
 * @param {KeyboardEvent} event
 */
function pressReason(dialog, event) {
  if (targetOf(event).closest("input") || event.ctrlKey || event.altKey || event.metaKey) return;
  const reason = findAll("button[name=reason]", HTMLButtonElement, dialog)[Number(event.key) - 1];
  if (!reason) return;
  event.preventDefault();
  reason.click();
}
