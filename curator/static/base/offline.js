// Shows on every page that the server cannot be reached, and holds back forms until it responds again.

import { find } from "./elements.js";

const AGAIN_MS = 3000;
const notice = find("#offline", HTMLElement);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

async function answers() {
  try {
    return (await fetch(notice.dataset.asks ?? "", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

// A server on this machine responds even without a network: ask it; the browser's events only say when to ask.
// While the browser has no network, one answer is not enough: it may have left just before the connection was lost.
async function look() {
  clearTimeout(timer);
  notice.hidden = await answers();
  if (notice.hidden) window.dispatchEvent(new Event("reachable"));
  if (!notice.hidden || !navigator.onLine) timer = setTimeout(look, AGAIN_MS);
}

for (const moment of ["offline", "online", "unreachable"]) window.addEventListener(moment, look);
window.addEventListener("submit", (event) => {
  if (notice.hidden || event.defaultPrevented) return;
  event.preventDefault(); // the browser's own error page would discard what was entered
  notice.focus();
});
if (!navigator.onLine) look();
