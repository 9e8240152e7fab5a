// A question of the server's before a change, in a dialog of the page that asked for the change.

import { find } from "./elements.js";

/**
 * Ask in a dialog; returns the form that confirms the change, or null if the user cancelled.
 * @param {HTMLDialogElement} dialog
 * @param {string} question its HTML
 * @param {(dialog: HTMLDialogElement) => ((key: string) => unknown) | void} opened prepares what is asked about, and
 *   returns what its keys do
 * @returns {Promise<FormData | null>}
 */
export function ask(dialog, question, opened) {
  dialog.innerHTML = question;
  const form = find("form", HTMLFormElement, dialog);
  find('[data-action="cancel"]', HTMLElement, dialog).onclick = (event) => {
    event.preventDefault();
    dialog.close();
  };
  return new Promise((done) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      done(new FormData(form));
      dialog.close();
    };
    dialog.onclose = () => done(null);
    dialog.showModal();
    const onKey = opened(dialog);
    dialog.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "y") form.requestSubmit();
      else onKey?.(key);
    };
  });
}
