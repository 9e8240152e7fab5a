// What every page has: the menu of the account, and the page's own name in sight in the line of pages.

import { bindMenus } from "./menu.js";

bindMenus();

const current = document.querySelector(".top nav [aria-current]");
if (current) {
  const line = current.closest("nav");
  line.scrollLeft = current.offsetLeft - line.offsetLeft - (line.clientWidth - current.offsetWidth) / 2;
}
