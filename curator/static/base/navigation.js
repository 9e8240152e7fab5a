// On every page: menus that close by themselves, messages that can be closed, and the current page scrolled into view.

import { findAll, findIfAny } from "./elements.js";

const menus = findAll("details.menu", HTMLDetailsElement);

/**
 * @param {HTMLDetailsElement} menu
 * @param {EventTarget | null} target
 */
const isIn = (menu, target) => target instanceof Node && menu.contains(target);

/** @param {KeyboardEvent} event */
function closeByEscape(event) {
  const open = menus.find((menu) => menu.open);
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  findIfAny("summary", HTMLElement, open)?.focus();
  event.stopPropagation(); // what lies under the menu stays as it is
}

for (const menu of menus) {
  // Some browsers move no focus to a link that is pressed: only a focus elsewhere tells that it was left.
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !isIn(menu, relatedTarget)) menu.open = false;
  });
}
document.addEventListener("keydown", closeByEscape, { capture: true });
document.addEventListener("pointerdown", ({ target }) => {
  for (const menu of menus) if (!isIn(menu, target)) menu.open = false;
});

/** Messages lie over the page where they are long. */
function bindMessages() {
  const flashes = findIfAny(".flashes:has(.notice)", HTMLElement);
  const close = findIfAny("#close-messages", HTMLButtonElement);
  if (!flashes || !close) return;
  close.hidden = false;
  close.addEventListener("click", () => {
    flashes.hidden = true; // its undo still has a key
    close.hidden = true;
  });
}

bindMessages();

const current = findIfAny(".top nav [aria-current]", HTMLElement);
const row = current?.closest("nav");
if (current && row) row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
