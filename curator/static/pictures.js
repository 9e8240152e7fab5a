// What a page of pictures says when they cannot be loaded, or the server cannot be reached.

import { t } from "./words.js";

function fail(image) {
  image.closest(".thumb, .frame")?.classList.add("failed");
}

function watch(image) {
  image.addEventListener("error", () => fail(image));
  image.addEventListener("load", () => image.closest(".thumb, .frame")?.classList.remove("failed"));
  if (image.complete && image.src && !image.naturalWidth) fail(image);
}

function isOffline() {
  return !navigator.onLine;
}

function tell() {
  const notice = document.querySelector("#offline");
  notice.hidden = !isOffline();
  notice.textContent = isOffline() ? t("There is no connection. What is selected stays; go on when it is back.") : "";
}

function loadAgain() {
  for (const image of document.querySelectorAll(":is(.thumb, .frame).failed img")) image.src = image.src.split("#")[0] + "#again";
}

/** Mark pictures that fail, and hold back forms while there is no connection. */
export function watchPictures() {
  document.querySelectorAll("main img").forEach(watch);
  window.addEventListener("offline", tell);
  window.addEventListener("online", () => {
    tell();
    loadAgain();
  });
  document.addEventListener("submit", (event) => isOffline() && event.preventDefault(), { capture: true });
  if (isOffline()) tell();
}
