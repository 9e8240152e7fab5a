// What every page has: menus that close by themselves, and the page's own name in sight in the row of pages.

/** Menus fold out over the page: they close when the focus leaves them, and by Esc. */
function bindMenus() {
  for (const menu of document.querySelectorAll("details.menu")) {
    menu.addEventListener("focusout", (event) => menu.contains(event.relatedTarget) || menu.removeAttribute("open"));
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    });
  }
}

/** How far to scroll a row so that an item stands in its middle. */
export function scrollToMiddle(item, row) {
  return item.offsetLeft - row.offsetLeft - (row.clientWidth - item.offsetWidth) / 2;
}

bindMenus();

const current = document.querySelector(".top nav [aria-current]");
const row = current?.closest("nav");
if (row) row.scrollLeft = scrollToMiddle(current, row);
