// On every page: menus that close by themselves, messages that can be closed, and the current page scrolled into view.

import { findAll, findIfAny } from "./elements.js";

/**
 * A menu opens over the page; it closes when the focus leaves it, or on Esc.
 * @param {HTMLDetailsElement} menu
 */
function bindMenu(menu) {
  menu.addEventListener("focusout", (event) => {
    if (!(event.relatedTarget instanceof Node && menu.contains(event.relatedTarget))) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    findIfAny("summary", HTMLElement, menu)?.focus();
  });
}

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
for (const menu of findAll("details.menu", HTMLDetailsElement)) bindMenu(menu);

const current = findIfAny(".top nav [aria-current]", HTMLElement);
const row = current?.closest("nav");
if (current && row) row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
