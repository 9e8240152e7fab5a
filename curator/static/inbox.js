// The inbox: files and folders dropped or chosen, uploaded two at a time, each with its result.

import { send } from "./api.js";

const AT_ONCE = 2;
const WORDS = { waiting: "waiting", sending: "uploading…", added: "added", already_there: "already there", rejected: "rejected", failed: "not uploaded" };

const form = document.querySelector("#inbox");
const drop = document.querySelector("#drop");
const results = document.querySelector("#results");
const list = document.querySelector("#files-seen");
const progress = document.querySelector("#progress");
const summary = document.querySelector("#summary");

const entries = []; // all files of this visit, in the order they came
const queue = [];
let ignored = 0;
let running = 0;
let upload = null; // where this round's files go

const isHidden = (path) => path.split("/").some((part) => part.startsWith("."));

/** Return [path, file] of all files below a dropped entry. */
async function filesBelow(entry, path = "") {
  const here = path ? `${path}/${entry.name}` : entry.name;
  if (entry.isFile) return [[here, await new Promise((done, fail) => entry.file(done, fail))]];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail)); // at most 100 at a time
    if (!some.length) return found;
    for (const below of some) found.push(...(await filesBelow(below, here)));
  }
}

async function dropped(transfer) {
  // The list empties as soon as this event is over: take the entries before the first await.
  const taken = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const one of taken) {
    if (one instanceof File) found.push([one.name, one]);
    else if (one) found.push(...(await filesBelow(one)));
  }
  return found;
}

function addLine(entry) {
  const line = document.createElement("li");
  const name = Object.assign(document.createElement("span"), { className: "file-name", textContent: entry.path });
  const state = Object.assign(document.createElement("span"), { className: "reason" });
  line.append(name, state);
  list.append(line);
  entry.show = () => {
    line.className = entry.state;
    state.replaceChildren(WORDS[entry.state] + (entry.reason ? `: ${entry.reason}` : ""));
    if (entry.photo) state.append(" ", link(`/annotate/${entry.photo}`, `photo ${entry.photo}`));
    if (entry.near) state.append(" · ", link("/duplicates", `looks like ${entry.near} other${entry.near > 1 ? "s" : ""}`));
    if (entry.state === "failed") state.append(" ", retryButton([entry]));
  };
  entry.show();
}

function link(href, text) {
  return Object.assign(document.createElement("a"), { href, textContent: text });
}

function retryButton(which) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Retry" });
  button.addEventListener("click", () => enqueue(which));
  return button;
}

async function startRound(hidden) {
  const data = new FormData();
  data.set("source", form.elements.source.value);
  data.set("ignored", hidden);
  upload = (await send(form.dataset.batches, data)).upload;
}

async function take(found) {
  const shown = found.filter(([path]) => !isHidden(path));
  const fresh = shown.map(([path, file]) => ({ path, file, state: "waiting" }));
  results.hidden = false;
  ignored += found.length - shown.length;
  entries.push(...fresh);
  fresh.forEach(addLine);
  if (!found.length) return tell("There was no file in it.");
  try {
    await startRound(found.length - shown.length);
    enqueue(fresh);
  } catch (refused) {
    fresh.forEach((entry) => settle(entry, { state: "failed", reason: refused.message }));
  }
  count();
}

function enqueue(which) {
  for (const entry of which) {
    Object.assign(entry, { state: "waiting", reason: "" });
    entry.show();
    queue.push(entry);
  }
  count();
  while (running < AT_ONCE && queue.length) work();
}

async function work() {
  running += 1;
  while (queue.length) await uploadOne(queue.shift());
  running -= 1;
  count();
}

async function uploadOne(entry) {
  if (entry.file.size > Number(form.dataset.maxBytes)) {
    const size = Math.round(entry.file.size / 1e6);
    return settle(entry, { state: "rejected", reason: `too large: ${size} MB` });
  }
  entry.state = "sending";
  entry.show();
  const data = new FormData();
  data.set("file", entry.file, "file");
  data.set("name", entry.path);
  try {
    if (!upload) await startRound(0);
    const answer = await send(upload, data);
    settle(entry, { state: answer.result, reason: answer.reason, photo: answer.photo, near: answer.near_copies });
  } catch (refused) {
    settle(entry, { state: refused.status === 413 ? "rejected" : "failed", reason: refused.message });
  }
}

function settle(entry, facts) {
  Object.assign(entry, facts);
  entry.show();
  count();
}

function count() {
  const of = (state) => entries.filter((entry) => entry.state === state).length;
  const waiting = of("waiting") + of("sending");
  progress.max = Math.max(entries.length, 1);
  progress.value = entries.length - waiting;
  progress.hidden = waiting === 0;
  const parts = [`${of("added")} added`, `${of("already_there")} already there`, `${of("rejected")} rejected`, `${ignored} hidden and ignored`];
  if (of("failed")) parts.push(`${of("failed")} not uploaded`);
  if (waiting) parts.push(`${waiting} to go`);
  tell(`${entries.length + ignored} files seen: ${parts.join(", ")}.`);
  offer(waiting, of("failed"));
}

function tell(text) {
  summary.textContent = text;
}

function offer(waiting, failed) {
  const near = entries.reduce((sum, entry) => sum + (entry.near ?? 0), 0);
  const pairs = document.querySelector("#to-pairs");
  pairs.hidden = near === 0;
  pairs.textContent = near === 1 ? "1 pair looks alike: decide" : `${near} pairs look alike: decide`;
  document.querySelector("#after").hidden = waiting > 0;
  document.querySelector("#retry-all").hidden = failed < 2;
}

function chosen(input) {
  const found = [...input.files].map((file) => [file.webkitRelativePath || file.name, file]);
  input.value = "";
  take(found);
}

function bind() {
  for (const input of [document.querySelector("#files"), document.querySelector("#folder")]) {
    input.addEventListener("change", () => chosen(input));
  }
  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  document.querySelector("#retry-all").addEventListener("click", () => enqueue(entries.filter((entry) => entry.state === "failed")));
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("dragover", (event) => event.preventDefault()); // a photo dropped beside must not replace the page
  window.addEventListener("dragenter", () => drop.classList.add("over"));
  window.addEventListener("dragleave", (event) => event.relatedTarget ?? drop.classList.remove("over"));
  window.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(await dropped(event.dataTransfer));
  });
  window.addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });
}

if (form) bind();
