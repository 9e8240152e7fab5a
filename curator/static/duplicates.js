// The duplicates page: keys for the decision, and the next pair's pictures ahead of time.

import { bindKeys } from "./keys.js";

const decision = document.querySelector("#decision");
const undo = document.querySelector("#undo");

function press(selector) {
  return () => {
    const element = document.querySelector(selector);
    if (!element || element.disabled) return false;
    element.click();
  };
}

const KEYS = [
  { action: "copy", keys: ["c"], says: "Copy", run: press('[value="copy"]'), click: false },
  { action: "same_person", keys: ["p"], says: "Same person", run: press('[value="same_person"]'), click: false },
  { action: "different", keys: ["d"], says: "Different", run: press('[value="different"]'), click: false },
  { action: "skip", keys: ["n"], says: "Skip", run: press('#decision [data-action="skip"]'), click: false },
  { action: "undo", keys: ["z", "ctrl+z"], says: "Undo", run: press("#undo button"), click: false },
];

// A second press while the first is on its way would decide the next pair unseen.
for (const form of [decision, undo]) {
  form?.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}

bindKeys(KEYS);
const following = document.querySelector(".pair")?.dataset.nextImages.trim();
for (const address of following ? following.split(" ") : []) new Image().src = address;
