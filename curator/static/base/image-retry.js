// Images that could not be loaded: marked, and loaded again when offline.js reports that the server responds.

import { findAll } from "./elements.js";

/** @param {HTMLImageElement} image */
const frameOf = (image) => image.closest(".thumb, .frame");

/** @param {HTMLImageElement} image */
function watch(image) {
  const fail = () => frameOf(image)?.classList.add("failed");
  image.addEventListener("error", fail);
  image.addEventListener("load", () => frameOf(image)?.classList.remove("failed"));
  if (image.complete && image.src && !image.naturalWidth) fail();
}

function loadAgain() {
  const failed = findAll(":is(.thumb, .frame).failed img", HTMLImageElement);
  for (const image of failed) image.src = `${image.src.split("#")[0]}#again`;
}

/** Mark images that fail, and reload them when the server responds. */
export function retryImages() {
  for (const image of findAll("main img", HTMLImageElement)) watch(image);
  window.addEventListener("reachable", loadAgain);
}
