// The exports page: shows that an export is running, and why one failed.

import { refusalOf, send } from "./base/api.js";
import { find, findIfAny } from "./base/elements.js";

/**
 * @param {HTMLFormElement} form
 * @param {boolean} busy
 */
function setBusy(form, busy) {
  const button = find("button", HTMLButtonElement, form);
  button.disabled = busy;
  button.dataset.idle ??= button.textContent ?? "";
  button.textContent = (busy ? form.dataset.busy : button.dataset.idle) ?? "";
  find("[data-busy-hint]", HTMLElement, form).hidden = !busy;
  form.setAttribute("aria-busy", String(busy));
}

/** @param {HTMLFormElement} form */
async function makeExport(form) {
  const message = find("[role=alert]", HTMLElement, form);
  message.textContent = "";
  const data = new FormData(form);
  setBusy(form, true);
  try {
    location.assign((await send(form.action, data)).next);
  } catch (error) {
    message.textContent = refusalOf(error).message;
    setBusy(form, false);
  }
}

/** @param {HTMLFormElement} form */
function bind(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    makeExport(form);
  });
  window.addEventListener("pageshow", () => setBusy(form, false)); // also when the browser goes back to it
}

const form = findIfAny("#new-export", HTMLFormElement);
if (form) bind(form);
