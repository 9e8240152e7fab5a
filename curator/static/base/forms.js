// Forms that decide: keys press their buttons, and each form is sent once.

import { findAll, findIfAny } from "./elements.js";
import { t } from "./translation.js";

/**
 * What a key does: click an element, or do nothing if it is missing or disabled.
 * @param {string} selector
 */
export function press(selector) {
  return () => {
    const element = findIfAny(selector, HTMLElement);
    if (!element || element.matches(":disabled")) return false;
    element.click();
  };
}

/**
 * The row of the key that presses the undo button of the page's message.
 * @returns {import("./keys.js").KeyRow}
 */
export function undoKey() {
  const run = press(".flashes form button");
  return { action: "undo", keys: ["z", "ctrl+z"], says: t("Undo what was just done"), run, click: false };
}

/** A second press while the first is being sent would decide the next group unseen. */
export function sendOnce() {
  for (const form of findAll("main form[method=post]", HTMLFormElement)) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      // Without a connection it is held back, and may be sent later.
      setTimeout(() => {
        if (!event.defaultPrevented) form.dataset.sent = "yes";
      });
    });
  }
  // A page that the browser kept may show what has been decided by now.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}
