// The exports page: shows that an export is being made, and why one could not be.

import { send } from "./api.js";

const form = document.querySelector("#new-export");

function setBusy(busy) {
  const button = form.querySelector("button");
  button.disabled = busy;
  button.dataset.idle ??= button.textContent;
  button.textContent = busy ? form.dataset.busy : button.dataset.idle;
  form.querySelector("[data-busy-hint]").hidden = !busy;
  form.setAttribute("aria-busy", String(busy));
}

async function make(event) {
  event.preventDefault();
  const message = form.querySelector("[role=alert]");
  message.textContent = "";
  const data = new FormData(form);
  setBusy(true);
  try {
    location.assign((await send(form.action, data)).next);
  } catch (refused) {
    message.textContent = refused.message;
    setBusy(false);
  }
}

form?.addEventListener("submit", make);
window.addEventListener("pageshow", () => form && setBusy(false)); // also when the browser goes back to it
