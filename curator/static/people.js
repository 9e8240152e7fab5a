// The page of persons: keys for the decision, picked photos, shared zoom.

import { press, sendOnce } from "./forms.js";
import { bindKeys, fillHelp } from "./keys.js";
import { Zoom } from "./zoom.js";

const STEP = 0.08;
const CLOSER = 1.4;
const help = document.querySelector("#help");
const views = document.querySelector("#views");
const toolbar = document.querySelector(".toolbar");
const members = [...document.querySelectorAll(".member")].map((figure) => ({
  number: Number(figure.dataset.number),
  box: figure.querySelector("input[name=photo]"),
  figure,
}));
const apart = new Set(JSON.parse(views?.dataset.apart ?? "[]").map(String));
const zoom = views ? new Zoom(views, tellZoom) : null;

function tellZoom(it) {
  for (const action of ["fit", "farther"]) toolbar.querySelector(`[data-action="${action}"]`).disabled = it.isFitted;
}

function pickedNumbers() {
  return members.filter((member) => member.box?.checked).map((member) => member.number);
}

function pick(number) {
  const box = members[number - 1]?.box;
  if (!box) return false;
  box.click();
}

function knownApart(numbers) {
  return numbers.flatMap((one, index) => numbers.slice(index + 1).map((other) => [one, other])).filter((two) => apart.has(String(two)));
}

/** What a decision would be about now, and which decisions there are. */
function scope() {
  const numbers = pickedNumbers();
  const named = numbers.join(", ").replace(/, (\d+)$/, " and $1");
  if (numbers.length === 1) return { says: `Photo ${named} is picked: pick one more, or Esc to pick none.` };
  const about = numbers.length ? numbers : members.map((member) => member.number);
  const known = knownApart(about);
  const different = known.length < (about.length * (about.length - 1)) / 2;
  if (known.length && !numbers.length) return { says: "Pick the photos that show one person, or decide that all are different.", different };
  if (!different) return { says: `Photos ${named} are known to be different people: pick others, or Esc to pick none.` };
  if (known.length) return { says: `Photos ${known[0].join(" and ")} are known to be different people: pick one of them only.`, different };
  return { says: numbers.length ? `A decision is only for photos ${named}; Esc picks none.` : "A decision is for all photos shown; pick photos to decide only them.", same_person: true, different };
}

function tellPicked() {
  const may = scope();
  const told = document.querySelector("#picked");
  told.textContent = may.says;
  told.classList.toggle("quiet-hint", !pickedNumbers().length && may.same_person);
  for (const button of document.querySelectorAll("button[name=decision]")) button.disabled = !may[button.value];
  for (const { box, figure } of members) figure.classList.toggle("picked", box.checked);
}

function leave() {
  if (pickedNumbers().length) {
    for (const { box } of members) box.checked = false;
    return tellPicked();
  }
  if (zoom && !zoom.isFitted) return zoom.fit();
  return false;
}

const withZoom = (run) => () => (zoom ? run(zoom) : false);
const ARROWS = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };

const KEYS = [
  { action: "same_person", keys: ["p"], says: "One person", run: press('[value="same_person"]'), click: false },
  { action: "different", keys: ["d"], says: "All different people", run: press('[value="different"]'), click: false },
  { action: "next", keys: ["n"], says: "Next group, nothing decided", run: press('[data-action="next"]'), click: false },
  { action: "undo", keys: ["z", "ctrl+z"], says: "Undo your last decision", run: press('[data-action="undo"]'), click: false },
  { action: "pick", keys: [..."123456789"], says: "In a group of three and more: pick photos, to decide only them", run: (event) => pick(event.key) },
  { action: "closer", keys: ["+", "="], says: "Zoom in, all photos together", repeats: true, run: withZoom((it) => it.by(CLOSER)) },
  { action: "farther", keys: ["-"], says: "Zoom out", repeats: true, run: withZoom((it) => it.by(1 / CLOSER)) },
  { action: "fit", keys: ["0"], says: "Whole photos", run: withZoom((it) => it.fit()) },
  { action: "pan", keys: Object.keys(ARROWS).map((key) => key.toLowerCase()), says: "Zoomed in: move all photos together", repeats: true, run: (event) => zoom?.move(...ARROWS[event.key]) ?? Boolean(zoom && !zoom.isFitted) },
  { action: "cancel", keys: ["escape"], says: "Back: pick none, whole photos", run: leave, click: false, unmarked: true },
  { action: "help", keys: ["?"], says: "This help", run: () => help.showModal() },
];

for (const { box } of members) {
  if (!box) continue;
  box.checked = false; // a browser going back brings ticks back
  box.addEventListener("change", tellPicked);
}
if (members.some(({ box }) => box)) tellPicked();
if (toolbar) toolbar.hidden = false;
sendOnce();
bindKeys(KEYS);
fillHelp(help, KEYS);
const following = views?.dataset.nextImages.trim();
for (const address of following ? following.split(" ") : []) new Image().src = address;
