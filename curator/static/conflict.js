// Two versions of one rating side by side: this page's, and one saved meanwhile. The rater chooses.

import { parseRegion } from "./region.js";
import { t } from "./translation.js";

const SVG = "http://www.w3.org/2000/svg";

/** Ask which version counts; "keep", "take", or "" where the rater closed the question. */
export function askWhich(dialog, { photo, mine, theirs, wordOf }) {
  const title = dialog.querySelector("h2");
  const said = element("p", t("Nothing of yours is lost. Choose which version counts."));
  const buttons = element("div", "", "buttons");
  dialog.replaceChildren(title, said, drawn(photo, mine, theirs), table(mine, theirs, wordOf), buttons);
  return new Promise((done) => {
    const choose = (text, choice, className = "") => {
      const button = element("button", text, className);
      button.type = "button";
      button.addEventListener("click", () => dialog.close(choice));
      return button;
    };
    buttons.append(choose(t("Keep mine"), "keep", "primary"), choose(t("Take the other"), "take"));
    dialog.returnValue = "";
    dialog.addEventListener("close", () => done(dialog.returnValue), { once: true });
    dialog.showModal();
  });
}

function table(mine, theirs, wordOf) {
  const rows = [
    [t("Rash"), wordOf("label", mine.label), wordOf("label", theirs.label)],
    [t("Sex"), wordOf("sex", mine.sex), wordOf("sex", theirs.sex)],
    [t("Evidence"), wordOf("evidence", mine.evidence), wordOf("evidence", theirs.evidence)],
    [t("Note"), mine.note, theirs.note],
    [t("Region"), regionWord(mine.region, theirs.region), regionWord(theirs.region, mine.region)],
  ];
  const made = element("table", "", "versions");
  const head = made.createTHead().insertRow();
  for (const word of ["", t("Yours, not saved"), t("Saved meanwhile")])
    head.append(Object.assign(element("th", word), { scope: "col" }));
  const body = made.createTBody();
  for (const [name, own, other] of rows) {
    const row = body.insertRow();
    row.append(
      Object.assign(element("th", name), { scope: "row" }),
      element("td", own || "–"),
      element("td", other || "–"),
    );
    row.classList.toggle("differs", own !== other);
  }
  return made;
}

function regionWord(region, other) {
  if (!region) return t("none");
  return region === other ? t("the same") : t("drawn, see the picture");
}

function drawn(photo, mine, theirs) {
  const figure = element("figure", "", "both-regions");
  const frame = element("div", "", "frame");
  const image = Object.assign(new Image(), { src: photo.pictures.display, alt: t("Both regions on the photo") });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${photo.width} ${photo.height}`);
  svg.setAttribute("aria-hidden", "true");
  for (const [entry, name] of [
    [theirs, "theirs"],
    [mine, "mine"],
  ]) {
    if (entry.region) svg.append(outline(photo, entry.region, "halo"), outline(photo, entry.region, name));
  }
  frame.append(image, svg);
  const legend = element("figcaption", "", "legend");
  legend.append(
    element("span", t("Yours: unbroken line"), "mine"),
    element("span", t("Saved meanwhile: broken line"), "theirs"),
  );
  figure.append(frame, legend);
  return figure;
}

function outline(photo, region, name) {
  const polygon = document.createElementNS(SVG, "polygon");
  polygon.setAttribute(
    "points",
    parseRegion(region)
      .map(([x, y]) => `${x * photo.width},${y * photo.height}`)
      .join(" "),
  );
  polygon.setAttribute("class", name);
  return polygon;
}

function element(name, text, className = "") {
  return Object.assign(document.createElement(name), { textContent: text, className });
}
