// The page of persons: keys for the decision, picked photos, shared zoom.

import { press, sendOnce } from "./forms.js";
import { bindKeys, fillHelp } from "./keys.js";
import { fetchNext, listed, markPicked, members, onPick, pick, pickedNumbers, pickNone } from "./group.js";
import { t } from "./translation.js";
import { zoomKeys, zoomOf } from "./zoom.js";

const help = document.querySelector("#help");
const views = document.querySelector("#views");
const toolbar = document.querySelector(".toolbar");
const apart = new Set(JSON.parse(views?.dataset.apart ?? "[]").map(String));
const zoom = zoomOf(views, toolbar);

function knownApart(numbers) {
  return numbers
    .flatMap((one, index) => numbers.slice(index + 1).map((other) => [one, other]))
    .filter((two) => apart.has(String(two)));
}

/** What a decision would be about now, and which decisions there are. */
function scope() {
  const numbers = pickedNumbers();
  const picked = { numbers: listed(numbers) };
  if (numbers.length === 1)
    return { says: t("Photo %(numbers)s is picked: pick one more, or Esc to pick none.", picked) };
  const about = numbers.length ? numbers : members.map((member) => member.number);
  const known = knownApart(about);
  const different = known.length < (about.length * (about.length - 1)) / 2;
  if (known.length && !numbers.length)
    return { says: t("Pick the photos that show one person, or decide that all are different people."), different };
  if (!different)
    return {
      says: t("Photos %(numbers)s are known to be different people: pick others, or Esc to pick none.", picked),
    };
  if (known.length)
    return {
      says: t("Photos %(numbers)s are known to be different people: pick one of them only.", {
        numbers: listed(known[0]),
      }),
      different,
    };
  const all = t("A decision is for all photos shown; pick photos to decide only them.");
  const says = numbers.length ? t("A decision is only for photos %(numbers)s; Esc picks none.", picked) : all;
  return { says, same_person: true, different };
}

function tellPicked() {
  const may = scope();
  const told = document.querySelector("#picked");
  told.textContent = may.says;
  told.classList.toggle("quiet-hint", !pickedNumbers().length && may.same_person);
  for (const button of document.querySelectorAll("button[name=decision]")) button.disabled = !may[button.value];
  markPicked();
}

function leave() {
  if (pickedNumbers().length) {
    pickNone();
    return tellPicked();
  }
  if (zoom && !zoom.isFitted) return zoom.fit();
  return false;
}

// biome-ignore format: a row of the table is a line
const KEYS = [
  { action: "same_person", keys: ["p"], says: t("One person"), run: press('[value="same_person"]'), click: false },
  { action: "different", keys: ["d"], says: t("Different people, each of them"), run: press('[value="different"]'), click: false },
  { action: "next", keys: ["n"], says: t("Next group, nothing decided"), run: press('[data-action="next"]'), click: false },
  { action: "undo", keys: ["z", "ctrl+z"], says: t("Undo your last decision"), run: press('[data-action="undo"]'), click: false },
  { action: "pick", keys: [..."123456789"], says: t("In a group of three and more: pick photos, to decide only them"), run: (event) => pick(event.key) },
  ...zoomKeys(zoom),
  { action: "cancel", keys: ["escape"], says: t("Back: pick none, whole photos"), run: leave, click: false, unmarked: true },
  { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

onPick(tellPicked);
if (members.some(({ box }) => box)) tellPicked();
if (toolbar) toolbar.hidden = false;
sendOnce();
bindKeys(KEYS);
fillHelp(help, KEYS);
fetchNext(views);
