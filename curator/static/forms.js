// Forms that decide: their buttons pressed by keys, and each form sent once.

import { findAll, findIfAny } from "./elements.js";

/**
 * What a key does: click an element, or nothing where it is missing or disabled.
 * @param {string} selector
 */
export function press(selector) {
  return () => {
    const element = findIfAny(selector, HTMLElement);
    if (!element || element.matches(":disabled")) return false;
    element.click();
  };
}

/** A second press while the first is on its way would decide the next group unseen. */
export function sendOnce() {
  for (const form of findAll("main form[method=post]", HTMLFormElement)) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  // A page kept by the browser shows what may be decided by now.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}
