// A question before a change that reaches further: as a page of its own, or in a dialog of another page.

import { find } from "./elements.js";
import { press, sendOnce } from "./forms.js";
import { bindKeys } from "./keys.js";
import { t } from "./translation.js";

/**
 * Ask the server's question in a dialog; returns the form that confirms it, or null if the user cancelled.
 * @param {HTMLDialogElement} dialog
 * @param {string} question its HTML
 * @returns {Promise<FormData | null>}
 */
export function ask(dialog, question) {
  dialog.innerHTML = question;
  const form = find("form", HTMLFormElement, dialog);
  dialog.onkeydown = (event) => {
    if (event.key.toLowerCase() === "y" && !event.ctrlKey && !event.metaKey) form.requestSubmit();
  };
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
  });
}

/** The keys of a page that is nothing but a question. */
export function bindQuestion() {
  sendOnce();
  bindKeys([
    {
      action: "confirm",
      keys: ["y"],
      says: t("Yes, do it"),
      run: press('[data-action="confirm"]'),
      click: false,
      unmarked: true,
    },
    {
      action: "cancel",
      keys: ["escape"],
      says: t("Back, nothing changed"),
      run: press('[data-action="cancel"]'),
      click: false,
      unmarked: true,
    },
  ]);
}
