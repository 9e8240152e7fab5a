// What a page of pictures shows when they cannot be loaded; offline.js says when the server answers again.

function fail(image) {
  image.closest(".thumb, .frame")?.classList.add("failed");
}

function watch(image) {
  image.addEventListener("error", () => fail(image));
  image.addEventListener("load", () => image.closest(".thumb, .frame")?.classList.remove("failed"));
  if (image.complete && image.src && !image.naturalWidth) fail(image);
}

function loadAgain() {
  for (const image of document.querySelectorAll(":is(.thumb, .frame).failed img"))
    image.src = image.src.split("#")[0] + "#again";
}

/** Mark pictures that fail, and load them again when the server answers. */
export function retryImages() {
  document.querySelectorAll("main img").forEach(watch);
  window.addEventListener("reachable", loadAgain);
}
