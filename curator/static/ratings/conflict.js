// Two versions of one rating side by side: this page's, and one saved in the meantime. The rater chooses.

/** @import { Entry, Photo, Region } from "../base/answers.js" */
/** @import { Choice } from "./choices.js" */

import { find } from "../base/elements.js";
import { t } from "../base/translation.js";
import { nameOfValue } from "./choices.js";
import { parseRegion } from "./polygon.js";

/**
 * The two versions, and the choices that they contain.
 * @typedef {object} Conflict
 * @property {Photo} photo
 * @property {Entry} mine
 * @property {Entry} theirs
 * @property {Choice[]} choices
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Ask which version to keep; returns "keep", "take", or "" if the rater closed the dialog.
 * @param {HTMLDialogElement} dialog
 * @param {Conflict} conflict
 * @returns {Promise<string>}
 */
export function askWhich(dialog, conflict) {
  const title = find("h2", Element, dialog);
  const said = element("p", t("Nothing you entered is lost. Choose which version to keep."));
  const buttons = element("div", "", "buttons");
  buttons.append(choice(dialog, "keep", t("Keep mine"), "primary"), choice(dialog, "take", t("Take the other")));
  dialog.replaceChildren(title, said, drawn(conflict), table(conflict), buttons);
  return new Promise((done) => {
    dialog.returnValue = "";
    dialog.addEventListener("close", () => done(dialog.returnValue), { once: true });
    dialog.showModal();
  });
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} answer
 * @param {string} text
 * @param {string} [className]
 */
function choice(dialog, answer, text, className) {
  const button = element("button", text, className);
  Object.assign(button, { type: "button", value: answer });
  button.addEventListener("click", () => dialog.close(answer));
  return button;
}

/** @param {Conflict} conflict */
function table({ mine, theirs, choices }) {
  const rows = [
    ...choices.map((choice) => [
      choice.code,
      choice.name,
      nameOfValue(choice, mine[choice.code] ?? ""),
      nameOfValue(choice, theirs[choice.code] ?? ""),
    ]),
    ["note", t("Note"), mine.note, theirs.note],
    ["region", t("Region"), regionWord(mine.region, theirs.region), regionWord(theirs.region, mine.region)],
  ];
  const made = element("table", "", "versions");
  const heads = ["", t("Yours, not saved"), t("Saved in the meantime")];
  made
    .createTHead()
    .insertRow()
    .append(...heads.map((word) => heading(word, "col")));
  const body = made.createTBody();
  for (const [code, name, own, other] of rows) {
    const row = body.insertRow();
    row.dataset.what = code;
    row.append(heading(name, "row"), element("td", own || "–"), element("td", other || "–"));
    row.classList.toggle("differs", own !== other);
  }
  return made;
}

/**
 * @param {string} text
 * @param {"col" | "row"} scope
 */
function heading(text, scope) {
  return Object.assign(element("th", text), { scope });
}

/**
 * @param {Region} region
 * @param {Region} other
 */
function regionWord(region, other) {
  if (!region) return t("none");
  return region === other ? t("the same") : t("drawn, see the picture");
}

/** @param {Conflict} conflict */
function drawn({ photo, mine, theirs }) {
  const figure = element("figure", "", "both-regions");
  const frame = element("div", "", "frame");
  const image = Object.assign(new Image(), { src: photo.pictures.display, alt: t("Both regions on the photo") });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${photo.width} ${photo.height}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(...outlines(photo, theirs.region, "theirs"), ...outlines(photo, mine.region, "mine"));
  frame.append(image, svg);
  const legend = element("figcaption", "", "legend");
  const lines = { mine: t("Yours: solid line"), theirs: t("Saved in the meantime: dashed line") };
  legend.append(element("span", lines.mine, "mine"), element("span", lines.theirs, "theirs"));
  figure.append(frame, legend);
  return figure;
}

/**
 * A region's outline with a halo, which keeps it visible on any photo.
 * @param {Photo} photo
 * @param {Region} region
 * @param {string} name
 */
function outlines({ width, height }, region, name) {
  if (!region) return [];
  const points = parseRegion(region).map(([x, y]) => `${x * width},${y * height}`);
  return ["halo", name].map((className) => {
    const polygon = document.createElementNS(SVG, "polygon");
    polygon.setAttribute("points", points.join(" "));
    polygon.setAttribute("class", className);
    return polygon;
  });
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} text
 * @param {string} [className]
 */
function element(name, text, className = "") {
  return Object.assign(document.createElement(name), { textContent: text, className });
}
