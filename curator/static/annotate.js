// The annotate page: keys, drawing, and saving without losing anything.

import { freshPage, send } from "./api.js";
import { bindKeys, fillHelp } from "./keys.js";
import { formatRegion, RegionEditor } from "./region.js";

const bench = document.querySelector(".bench");
const form = document.querySelector("#rating");
const photo = document.querySelector("#photo");
const message = document.querySelector("#message");
const hint = document.querySelector("#drawing-hint");
const help = document.querySelector("#help");
const mayRate = !form.querySelector("fieldset").disabled;
const DRAWING_HINTS = {
  rectangle: "Drag a rectangle over cheeks and nose, without eyes and forehead.",
  polygon: "Click around cheeks and nose; click the first point or double-click to close. Esc cancels.",
};
const EDIT_HINT = "Drag the corners to adjust. Cheeks and nose, without eyes and forehead.";

let editor = null;
let saved = fields();
let leaving = false;
let saidNoRegion = false;

function fields() {
  const data = new FormData(form);
  for (const name of ["csrf_token", "version"]) data.delete(name);
  return new URLSearchParams(data).toString();
}

function choose(name, value) {
  const input = form.querySelector(`input[name="${name}"][value="${value}"]`);
  if (mayRate) input.checked = true;
  say("");
}

function say(text, ...more) {
  message.replaceChildren(...(text ? [text, ...more] : []));
  message.className = text ? "notice problem" : "";
}

function tellTool() {
  hint.textContent = editor?.tool ? DRAWING_HINTS[editor.tool] : EDIT_HINT;
}

function withEditor(run) {
  return () => {
    if (!editor || !mayRate) return false;
    run(editor);
    tellTool();
  };
}

function go(address) {
  leaving = true;
  location.assign(address);
}

function missing() {
  const data = new FormData(form);
  if (!data.get("label")) return "Choose positive, negative or unsure first (1, 2 or 3).";
  if (!data.get("sex")) return "Choose the sex first (F, M or U).";
  if (editor?.isDrawing) return "Finish the outline first: click its first point, or Esc to drop it.";
  if (!data.get("region") && data.get("label") !== "unsure" && !saidNoRegion) {
    saidNoRegion = true;
    return "No region is drawn: the photo would stay out of exports. Save again to leave it so.";
  }
  return "";
}

async function save() {
  if (!mayRate || form.dataset.saving) return;
  const problem = missing();
  if (problem) return say(problem);
  form.dataset.saving = "yes";
  say("");
  try {
    go((await send(form.action, new FormData(form))).next);
  } catch (refused) {
    await explain(refused);
  } finally {
    delete form.dataset.saving;
  }
}

async function explain(refused) {
  if (refused.status === 401) {
    const link = Object.assign(document.createElement("a"), { href: "/signin", target: "_blank", textContent: "sign in in a new tab" });
    return say("You are not signed in any more. What you entered is still here: ", link, ", then save again.");
  }
  if (refused.status === 409) return showNewer(refused);
  say(refused.message);
}

/** The rating was saved elsewhere meanwhile: show that one beside this one, and let the rater choose. */
async function showNewer(refused) {
  const newer = (await freshPage().catch(() => null))?.querySelector("#rating");
  if (!newer) return say(refused.message);
  const words = [...newer.querySelectorAll("input:checked")].map((input) => input.parentElement.innerText.trim().toLowerCase());
  words.push(newer.elements.region.value ? "with a region" : "without a region");
  const keep = button("Keep mine", () => {
    form.elements.version.value = newer.elements.version.value;
    save();
  });
  const take = button("Take the other", () => go(location.href));
  const choice = document.createElement("p");
  choice.className = "buttons";
  choice.append(keep, take);
  say(`This photo was rated meanwhile, perhaps in another tab: ${words.join(", ")}. Nothing of yours is lost.`, choice);
}

function button(text, run) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", run);
  return made;
}

function remove() {
  if (editor?.hasCornerSelected) return false; // Annotorious takes the corner away
  return withEditor((it) => it.remove())();
}

function cancel() {
  if (!editor?.tool) return false;
  editor.stopDrawing();
  tellTool();
}

function exclude() {
  const details = document.querySelector("#exclude");
  if (!details) return false;
  details.open = true;
  details.querySelector("[name=reason]").focus();
}

const KEYS = [
  { action: "positive", keys: ["1"], says: "Positive", run: () => choose("label", "positive") },
  { action: "negative", keys: ["2"], says: "Negative", run: () => choose("label", "negative") },
  { action: "unsure", keys: ["3"], says: "Unsure", run: () => choose("label", "unsure") },
  { action: "female", keys: ["f"], says: "Female", run: () => choose("sex", "female") },
  { action: "male", keys: ["m"], says: "Male", run: () => choose("sex", "male") },
  { action: "unknown", keys: ["u"], says: "Sex unknown", run: () => choose("sex", "unknown") },
  { action: "hashtag", keys: ["4"], says: "Evidence: hashtag", run: () => choose("evidence", "hashtag") },
  { action: "self_report", keys: ["5"], says: "Evidence: self-report", run: () => choose("evidence", "self_report") },
  { action: "visual", keys: ["6"], says: "Evidence: visual", run: () => choose("evidence", "visual") },
  { action: "clinician", keys: ["7"], says: "Evidence: clinician", run: () => choose("evidence", "clinician") },
  { action: "rectangle", keys: ["r"], says: "Draw a rectangle; it replaces the region", run: withEditor((it) => it.draw("rectangle")) },
  { action: "polygon", keys: ["p"], says: "Draw a polygon; it replaces the region", run: withEditor((it) => it.draw("polygon")) },
  { action: "place", keys: ["g"], says: "Put a rectangle in the middle; arrows move it, Shift and arrows resize it", run: withEditor((it) => it.place()) },
  { action: "remove", keys: ["delete", "backspace"], says: "Delete the region, or its selected corner", run: remove },
  { action: "undo", keys: ["ctrl+z"], says: "Undo the last change of the region", run: withEditor((it) => it.undo()) },
  { action: "cancel", keys: ["escape"], says: "Stop drawing", run: cancel },
  { action: "note", keys: ["n"], says: "Write a note; Esc leaves the field", run: () => form.elements.note.focus() },
  { action: "save", keys: ["enter", "ctrl+enter"], says: "Save and next", run: () => void save() },
  { action: "skip", keys: ["s"], says: "Skip: the next photo, nothing saved", run: () => location.assign(form.dataset.skip), click: false },
  { action: "previous", keys: ["b"], says: "Back to the photo rated before", run: () => (form.dataset.previous ? location.assign(form.dataset.previous) : false), click: false },
  { action: "exclude", keys: ["x"], says: "Exclude the photo, with a reason", run: exclude, click: false },
  { action: "help", keys: ["?"], says: "This help", run: () => help.showModal() },
];

function fitPhoto() {
  photo.style.setProperty("--ratio", String(photo.getAttribute("width") / photo.getAttribute("height")));
}

async function openEditor() {
  const text = form.elements.region.value;
  try {
    editor = await RegionEditor.open(photo, text, (points) => {
      form.elements.region.value = formatRegion(points);
      say("");
      tellTool();
    });
    if (!mayRate) editor.stopDrawing();
    tellTool();
    document.querySelector(".toolbar").hidden = !mayRate;
    document.querySelector("#region-field").hidden = true;
  } catch (error) {
    console.error(error);
    hint.textContent = "Regions cannot be drawn: run `make vendor` on the server, then reload this page.";
  }
  bench.dataset.ready = "yes";
}

function prefetch() {
  if (bench.dataset.following) new Image().src = bench.dataset.following;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
form.elements.note.addEventListener("keydown", (event) => {
  if (event.key === "Escape") form.elements.note.blur();
});
window.addEventListener("keydown", (event) => {
  if (editor?.nudgeByKey(event)) event.preventDefault();
});
window.addEventListener("beforeunload", (event) => {
  if (!leaving && fields() !== saved) event.preventDefault();
});
for (const other of document.querySelectorAll("#exclude form, .panel .notice form")) {
  other.addEventListener("submit", () => (leaving = true));
}

fitPhoto();
bindKeys(KEYS);
fillHelp(help, KEYS);
await openEditor();
prefetch();
