// Files on their way to the server, two at a time: each with its state; all wait while it cannot be reached.

import { send } from "./api.js";
import { sendFile } from "./file-sending.js";
import { t } from "./translation.js";

const AT_ONCE = 2;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 30_000;
const SIGNED_OUT = 401;
const TOO_LARGE = 413;

/** Opens a batch when its first file is sent, and again where that failed. */
export class Batch {
  #address;
  #fields;
  #opened = null;

  constructor(address, fields) {
    this.#address = address;
    this.#fields = fields;
  }

  open() {
    this.#opened ??= this.#start();
    return this.#opened;
  }

  async #start() {
    const data = new FormData();
    for (const [name, value] of Object.entries(this.#fields)) data.set(name, value);
    try {
      this.addresses = await send(this.#address, data);
      return this.addresses;
    } catch (refused) {
      this.#opened = null;
      throw refused;
    }
  }
}

export class Uploads {
  entries = []; // all files of this visit, in the order they came
  counts = { waiting: 0, sending: 0, added: 0, already_there: 0, rejected: 0, failed: 0 };
  sizeBytes = 0; // of all entries
  sentBytes = 0; // of those on their way or through
  paused = null; // why nothing is sent for now
  #queue = [];
  #running = 0;
  #waitMs = FIRST_WAIT_MS;
  #timer = 0;

  /** `changed` hears of each entry that changes, and of nothing when all are paused or go on. */
  constructor(maxBytes, changed) {
    this.maxBytes = maxBytes;
    this.changed = changed;
  }

  get left() {
    return this.counts.waiting + this.counts.sending;
  }

  get failed() {
    return this.entries.filter(({ state }) => state === "failed");
  }

  add(entries) {
    for (const entry of entries) {
      Object.assign(entry, { state: "waiting", reason: "", sent: 0 });
      this.entries.push(entry);
      this.#queue.push(entry);
      this.counts.waiting += 1;
      this.sizeBytes += entry.file.size;
    }
    this.#start();
  }

  retry(entries) {
    for (const entry of entries) {
      this.#set(entry, { state: "waiting", reason: "" });
      this.#queue.push(entry);
    }
    this.#start();
  }

  /** Go on after a pause. */
  resume() {
    clearTimeout(this.#timer);
    this.paused = null;
    this.#start();
    this.changed();
  }

  /** Send no more; what was not sent can be tried again. */
  stop() {
    clearTimeout(this.#timer);
    this.paused = null;
    for (const entry of this.#queue.splice(0)) this.#set(entry, { state: "failed", reason: t("stopped") });
    for (const entry of this.entries) if (entry.state === "sending") entry.stopped.abort();
    this.changed();
  }

  #start() {
    while (!this.paused && this.#queue.length && this.#running < AT_ONCE) this.#work();
  }

  async #work() {
    this.#running += 1;
    while (this.#queue.length && !this.paused) await this.#upload(this.#queue.shift());
    this.#running -= 1;
  }

  async #upload(entry) {
    entry.stopped = new AbortController();
    this.#set(entry, { state: "sending" });
    try {
      const { result, reason, photo, look_alikes: alike } = await this.#deliver(entry);
      this.#waitMs = FIRST_WAIT_MS;
      this.#set(entry, { state: result, reason, photo, alike });
    } catch (refused) {
      await this.#miss(entry, refused);
    }
  }

  async #deliver(entry) {
    const { upload } = await entry.batch.open();
    if (entry.file.size > this.maxBytes) return send(upload, nameAndSize(entry));
    const data = new FormData();
    data.set("name", entry.path);
    data.set("file", entry.file, "file");
    const onProgress = (loaded) => this.#set(entry, { sent: Math.min(loaded, entry.file.size) });
    try {
      return await sendFile(upload, data, { onProgress, signal: entry.stopped.signal });
    } catch (refused) {
      if (refused.status !== TOO_LARGE) throw refused;
      return send(upload, nameAndSize(entry)); // so that the refusal is recorded, too
    }
  }

  async #miss(entry, refused) {
    const away = refused.kind === "offline" && !entry.stopped.signal.aborted;
    if (away && !(await isReadable(entry.file))) {
      this.#set(entry, { state: "failed", reason: t("cannot be read: moved or changed since it was chosen") });
    } else if (away || refused.status === SIGNED_OUT) {
      this.#set(entry, { state: "waiting" });
      this.#queue.unshift(entry);
      this.#pause(refused);
    } else {
      this.#set(entry, { state: "failed", reason: refused.message });
    }
  }

  #pause(refused) {
    clearTimeout(this.#timer);
    this.paused = refused;
    if (refused.kind === "offline") {
      this.#timer = setTimeout(() => this.resume(), this.#waitMs);
      this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
    }
    this.changed();
  }

  #set(entry, facts) {
    const before = sentOf(entry);
    this.counts[entry.state] -= 1;
    Object.assign(entry, facts.state && facts.state !== "sending" ? { sent: 0 } : {}, facts);
    this.counts[entry.state] += 1;
    this.sentBytes += sentOf(entry) - before;
    this.changed(entry);
  }
}

/** A file that is through counts whole, whatever was sent of it. */
function sentOf({ state, sent, file }) {
  return ["waiting", "sending"].includes(state) ? sent : file.size;
}

function nameAndSize(entry) {
  const data = new FormData();
  data.set("name", entry.path);
  data.set("size", entry.file.size);
  return data;
}

async function isReadable(file) {
  return file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
}
