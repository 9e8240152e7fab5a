// The photos of a group on a page: which of them are picked, and those of the next group.

import { t } from "./translation.js";

export const members = [...document.querySelectorAll(".member")].map((figure) => ({
  id: figure.dataset.photo,
  number: Number(figure.dataset.number),
  address: figure.querySelector("img").src,
  box: figure.querySelector("input[name=photo]"),
  figure,
}));

export function pickedNumbers() {
  return members.filter((member) => member.box?.checked).map((member) => member.number);
}

/** Pick a photo, or pick it no more; false where there is none to pick. */
export function pick(number) {
  const box = members[number - 1]?.box;
  if (!box) return false;
  box.click();
}

/** Call back whenever a photo is picked, or is picked no more. */
export function onPick(told) {
  for (const { box } of members) {
    if (!box) continue;
    box.checked = false; // a browser going back brings ticks back
    box.addEventListener("change", told);
  }
}

/** Numbers as a text names them: `1, 2 and 3`. */
export function listed(numbers) {
  return numbers.join(", ").replace(/, (\d+)$/, (_, last) => t(" and %(last)s", { last }));
}

export function pickNone() {
  for (const { box } of members) if (box) box.checked = false;
}

export function markPicked() {
  for (const { box, figure } of members) figure.classList.toggle("picked", box.checked);
}

/** Fetch the photos of the next group while this one is looked at. */
export function fetchNext(views) {
  const following = views?.dataset.nextImages.trim();
  for (const address of following ? following.split(" ") : []) new Image().src = address;
}
