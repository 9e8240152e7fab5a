// The inbox: files and folders dropped, pasted or chosen, and a line that says what became of each.

import { freshPage } from "./api.js";
import { chosenFiles, droppedFiles, pastedFiles } from "./incoming-files.js";
import { Batch, Uploads } from "./uploads.js";
import { number, t, tn } from "./translation.js";

const TELL_EVERY_MS = 5_000; // who listens hears the end at once, the way there now and then
const UNFINISHED = "malar-upload";
const MB = 1e6;
const WORDS = {
  waiting: t("waiting"),
  sending: t("uploading…"),
  added: t("added"),
  already_there: t("already there"),
  rejected: t("rejected"),
  failed: t("not uploaded"),
};

const form = document.querySelector("#inbox");
const drop = document.querySelector("#drop");
const list = document.querySelector("#files-seen");
const part = (id) => document.querySelector(`#${id}`);

let uploads;
let ignored = 0;
let lookAlikes = 0;
let told = 0; // when who listens was last told
const changed = new Set();
let drawing = false;

function element(name, facts, ...inside) {
  const made = Object.assign(document.createElement(name), facts);
  made.append(...inside);
  return made;
}

function thumbnail(photo, alt) {
  return element("img", { src: photo.thumbnail, alt, loading: "lazy", width: 64, height: 64 });
}

/** The new photo beside those that it looks like, each leading to its decision. */
function alikeOf({ photo, alike }) {
  const others = alike.map((other) =>
    element("a", { href: other.decide }, thumbnail(other, ""), t("photo %(id)s: decide", { id: other.id })),
  );
  return element(
    "div",
    { className: "alike" },
    thumbnail(photo, t("the new photo")),
    element("span", {}, t("looks like")),
    ...others,
  );
}

function stateOf(entry) {
  if (entry.state === "sending" && entry.sent) {
    const percent = Math.floor((100 * entry.sent) / Math.max(entry.file.size, 1));
    return percent < 100 ? t("uploading: %(percent)s %", { percent }) : t("uploaded, being looked at…");
  }
  return WORDS[entry.state] + (entry.reason ? `: ${entry.reason}` : "");
}

function lineOf(entry) {
  entry.line = element(
    "li",
    { className: entry.state },
    element("span", { className: "file-name", textContent: entry.path }),
  );
  entry.shown = element("span", { className: "reason" }, stateOf(entry));
  entry.line.append(entry.shown);
  return entry.line;
}

function draw(entry) {
  const { line, shown, photo, alike, state } = entry;
  line.className = alike?.length ? `${state} near` : state;
  shown.replaceChildren(stateOf(entry));
  if (state === "sending")
    shown.append(element("progress", { max: entry.file.size || 1, value: entry.sent, ariaLabel: entry.path }));
  if (photo) shown.append(" ", element("a", { href: photo.page }, t("photo %(id)s", { id: photo.id })));
  if (state === "failed") shown.append(" ", retryButton(entry));
  if (alike?.length && !line.querySelector(".alike")) {
    line.append(alikeOf(entry));
    list.prepend(line); // seen at once, however long the list
  }
}

function retryButton(entry) {
  const button = element("button", { type: "button", className: "quiet", textContent: t("Retry") });
  button.addEventListener("click", () => uploads.retry([entry]));
  return button;
}

/** Draw what changed with the next frame: thousands of small files change faster than a screen. */
function onChange(entry) {
  if (entry) changed.add(entry);
  if (entry?.alike && !entry.counted) {
    entry.counted = true;
    lookAlikes += entry.alike.length;
  }
  remember();
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    for (const one of changed) draw(one);
    changed.clear();
    drawTotals();
  });
}

function drawTotals() {
  const { counts, left, sizeBytes, sentBytes, paused } = uploads;
  part("progress").max = Math.max(sizeBytes, 1);
  part("progress").value = sentBytes;
  part("progress").hidden = part("stop").hidden = left === 0;
  part("sent").textContent = left
    ? t("%(sent)s of %(all)s MB", { sent: number(Math.round(sentBytes / MB)), all: number(Math.ceil(sizeBytes / MB)) })
    : "";
  part("after").hidden = left > 0;
  part("retry-all").hidden = counts.failed < 2;
  part("paused").hidden = !paused;
  part("paused-why").textContent = paused ? why(paused) : "";
  part("to-pairs").hidden = lookAlikes === 0;
  part("to-pairs").textContent = tn("%(num)s pair looks alike: decide", "%(num)s pairs look alike: decide", lookAlikes);
  part("filter").hidden = uploads.entries.length < 10;
  say(summary(), left === 0 || Boolean(paused));
  if (left === 0) showLatest();
}

/** The table of uploads tells of this one, too. */
async function showLatest() {
  const page = await freshPage().catch(() => null); // the next visit shows it
  const latest = page?.querySelector("#latest-uploads");
  if (latest) part("latest-uploads").replaceWith(document.adoptNode(latest));
}

function why(paused) {
  if (paused.kind !== "offline") return paused.message;
  return t("The server cannot be reached. Nothing is lost: the upload goes on by itself as soon as it answers.");
}

function summary() {
  const { counts, left, entries } = uploads;
  const parts = [
    t("%(count)s added", { count: number(counts.added) }),
    t("%(count)s already there", { count: number(counts.already_there) }),
    t("%(count)s rejected", { count: number(counts.rejected) }),
    t("%(count)s hidden and ignored", { count: number(ignored) }),
  ];
  if (counts.failed) parts.push(t("%(count)s not uploaded", { count: number(counts.failed) }));
  if (left) parts.push(t("%(count)s to go", { count: number(left) }));
  const seen = entries.length + ignored;
  return tn("%(num)s file seen: %(parts)s.", "%(num)s files seen: %(parts)s.", seen, { parts: parts.join(", ") });
}

function say(text, atOnce) {
  part("summary").textContent = text;
  if (!atOnce && Date.now() - told < TELL_EVERY_MS) return;
  told = Date.now();
  if (part("told").textContent !== text) part("told").textContent = text;
}

/** What a reload must not forget: where the files of this tab went, and how far it came. */
function remember() {
  const { left, entries } = uploads;
  const page = entries.at(-1)?.batch.addresses?.page;
  if (!left) sessionStorage.removeItem(UNFINISHED);
  else if (page)
    sessionStorage.setItem(UNFINISHED, JSON.stringify({ page, all: entries.length, done: entries.length - left }));
}

function tellUnfinished() {
  const kept = JSON.parse(sessionStorage.getItem(UNFINISHED) ?? "null");
  if (!kept) return;
  const { page, all, done } = kept;
  part("unfinished-how").textContent = t(
    "The upload before this page was loaded anew stopped after %(done)s of %(all)s files. What came in is kept.",
    { done: number(done), all: number(all) },
  );
  part("unfinished-batch").href = page;
  part("unfinished").hidden = false;
}

async function take(found) {
  const isHidden = ([path]) => path.split("/").some((name) => name.startsWith("."));
  const shown = found.filter((one) => !isHidden(one));
  const hidden = found.length - shown.length;
  const batch = new Batch(form.dataset.batches, { source: form.elements.source.value, ignored: hidden });
  part("results").hidden = false;
  part("unfinished").hidden = true;
  if (!found.length) return say(t("There was no file in it."), true);
  ignored += hidden;
  const entries = shown.map(([path, file]) => ({ path, file, batch }));
  uploads.add(entries);
  list.append(...entries.map(lineOf));
  if (!shown.length) await batch.open().catch((refused) => say(refused.message, true));
  onChange();
}

function bindDrop() {
  window.addEventListener("dragover", (event) => event.preventDefault()); // a photo dropped beside must not replace the page
  window.addEventListener("dragenter", () => drop.classList.add("over"));
  window.addEventListener("dragleave", (event) => event.relatedTarget ?? drop.classList.remove("over"));
  window.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(await droppedFiles(event.dataTransfer));
  });
  window.addEventListener("paste", (event) => {
    const found = pastedFiles(event.clipboardData);
    if (!found.length) return; // text, for the field
    event.preventDefault();
    take(found);
  });
}

/** A button that goes away when it is pressed hands the focus on. */
function leaveButton(act) {
  part("results-title").focus();
  act();
}

function bind() {
  uploads = new Uploads(Number(form.dataset.maxBytes), onChange);
  for (const input of [part("files"), part("folder")]) input.addEventListener("change", () => take(chosenFiles(input)));
  for (const scripted of document.querySelectorAll(".scripted")) scripted.hidden = false;
  part("retry-all").addEventListener("click", () => uploads.retry(uploads.failed));
  part("stop").addEventListener("click", () => leaveButton(() => uploads.stop()));
  part("try-now").addEventListener("click", () => leaveButton(() => uploads.resume()));
  part("only").addEventListener("change", (event) => (list.dataset.only = event.target.value));
  form.addEventListener("submit", (event) => event.preventDefault());
  // Following a link must not end the upload.
  part("results").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link) link.target = uploads.left ? "_blank" : "";
  });
  window.addEventListener("online", () => uploads.paused && uploads.resume());
  window.addEventListener("beforeunload", (event) => {
    if (uploads.left) event.preventDefault();
  });
  bindDrop();
  tellUnfinished();
}

if (form) bind();
