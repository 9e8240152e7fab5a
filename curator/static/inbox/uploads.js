// Files on their way to the server, two at a time: each with its state; all wait while the server cannot be reached.

/** @import { Refused } from "../base/api.js" */
/** @import { BatchAddresses, LookAlike, ShownPhoto, UploadResult } from "../base/answers.js" */

import { refusalOf, send } from "../base/api.js";
import { t } from "../base/translation.js";
import { sendFile } from "./file-sending.js";

const AT_ONCE = 2;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 30_000;
const SIGNED_OUT = 401;
const TOO_LARGE = 413;

/** @typedef {"waiting" | "sending" | "failed" | UploadResult["result"]} UploadState */

/** One file being uploaded, and its outcome. */
export class Upload {
  /** @type {UploadState} */
  state = "waiting";
  reason = "";
  sent = 0; // bytes
  /** @type {ShownPhoto | null} */
  photo = null;
  /** @type {LookAlike[] | null} */
  alike = null; // until the server has checked
  stopped = new AbortController();

  /**
   * @param {string} path
   * @param {File} file
   * @param {Batch} batch
   */
  constructor(path, file, batch) {
    this.path = path;
    this.file = file;
    this.batch = batch;
  }

  /** A finished file counts in full, however much of it was sent. */
  get countedBytes() {
    return ["waiting", "sending"].includes(this.state) ? this.sent : this.file.size;
  }

  /** The fields that stand for a file too large to be sent, so that its refusal is recorded. */
  get nameAndSize() {
    const data = new FormData();
    data.set("name", this.path);
    data.set("size", String(this.file.size));
    return data;
  }

  get nameAndContent() {
    const data = new FormData();
    data.set("name", this.path);
    data.set("file", this.file, "file");
    return data;
  }
}

/** Opens a batch when its first file is sent, and again if that failed. */
export class Batch {
  /** @type {BatchAddresses | null} */
  addresses = null;
  #address;
  #fields;
  /** @type {Promise<BatchAddresses> | null} */
  #opened = null;

  /**
   * @param {string} address
   * @param {{ source: string, ignored: number, files: number }} fields
   */
  constructor(address, fields) {
    this.#address = address;
    this.#fields = fields;
  }

  open() {
    this.#opened ??= this.#start();
    return this.#opened;
  }

  /** @returns {Promise<BatchAddresses>} */
  async #start() {
    const data = new FormData();
    for (const [name, value] of Object.entries(this.#fields)) data.set(name, String(value));
    try {
      /** @type {BatchAddresses} */
      const addresses = await send(this.#address, data);
      this.addresses = addresses;
      return addresses;
    } catch (error) {
      this.#opened = null;
      throw error;
    }
  }
}

export class Uploads {
  /** @type {Upload[]} */
  entries = []; // all files of this visit, in order of arrival
  /** @type {Record<UploadState, number>} */
  counts = { waiting: 0, sending: 0, added: 0, already_there: 0, rejected: 0, failed: 0 };
  sizeBytes = 0; // of all entries
  sentBytes = 0; // of entries being sent or finished
  /** @type {Refused | null} */
  paused = null; // why nothing is sent for now
  /** @type {Upload[]} */
  #queue = [];
  #running = 0;
  #waitMs = FIRST_WAIT_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #maxBytes;
  #changed;

  /**
   * `changed` receives each entry that changes, and nothing when all are paused or resumed.
   * @param {number} maxBytes
   * @param {(entry?: Upload) => void} changed
   */
  constructor(maxBytes, changed) {
    this.#maxBytes = maxBytes;
    this.#changed = changed;
  }

  get left() {
    return this.counts.waiting + this.counts.sending;
  }

  get failed() {
    return this.entries.filter(({ state }) => state === "failed");
  }

  /** @param {Upload[]} entries */
  add(entries) {
    for (const entry of entries) {
      this.entries.push(entry);
      this.#queue.push(entry);
      this.counts.waiting += 1;
      this.sizeBytes += entry.file.size;
    }
    this.#start();
  }

  /** @param {Upload[]} entries */
  retry(entries) {
    for (const entry of entries) {
      this.#set(entry, { state: "waiting", reason: "" });
      this.#queue.push(entry);
    }
    this.#start();
  }

  /** Resume after a pause. */
  resume() {
    clearTimeout(this.#timer);
    this.paused = null;
    this.#start();
    this.#changed();
  }

  /**
   * Send no more; what was not sent can be retried.
   *
   * The files on their way arrive first, since the server may have them already; stopping again
   * breaks them off.
   */
  stop() {
    clearTimeout(this.#timer);
    this.paused = null;
    const waiting = this.#queue.splice(0);
    for (const entry of waiting) this.#set(entry, { state: "failed", reason: t("stopped") });
    if (!waiting.length) for (const entry of this.entries) if (entry.state === "sending") entry.stopped.abort();
    this.#changed();
  }

  #start() {
    while (!this.paused && this.#queue.length && this.#running < AT_ONCE) this.#work();
  }

  async #work() {
    this.#running += 1;
    for (let entry = this.#next(); entry; entry = this.#next()) await this.#upload(entry);
    this.#running -= 1;
  }

  #next() {
    return this.paused ? undefined : this.#queue.shift();
  }

  /** @param {Upload} entry */
  async #upload(entry) {
    entry.stopped = new AbortController();
    this.#set(entry, { state: "sending" });
    try {
      const { result, reason, photo, look_alikes: alike } = await this.#deliver(entry);
      this.#waitMs = FIRST_WAIT_MS;
      this.#set(entry, { state: result, reason, photo, alike });
    } catch (error) {
      await this.#miss(entry, refusalOf(error));
    }
  }

  /**
   * @param {Upload} entry
   * @returns {Promise<UploadResult>}
   */
  async #deliver(entry) {
    const { upload } = await entry.batch.open();
    if (entry.file.size > this.#maxBytes) return send(upload, entry.nameAndSize);
    /** @param {number} loaded */
    const onProgress = (loaded) => this.#set(entry, { sent: Math.min(loaded, entry.file.size) });
    try {
      return await sendFile(upload, entry.nameAndContent, { onProgress, signal: entry.stopped.signal });
    } catch (error) {
      if (refusalOf(error).status !== TOO_LARGE) throw error;
      return send(upload, entry.nameAndSize);
    }
  }

  /**
   * @param {Upload} entry
   * @param {Refused} refused
   */
  async #miss(entry, refused) {
    const away = refused.kind === "offline" && !entry.stopped.signal.aborted;
    if (away && !(await isReadable(entry.file))) {
      this.#set(entry, { state: "failed", reason: t("cannot be read: moved or changed since it was chosen") });
    } else if (away || refused.kind === "busy" || refused.status === SIGNED_OUT) {
      this.#set(entry, { state: "waiting" });
      this.#queue.unshift(entry);
      this.#pause(refused);
    } else {
      this.#set(entry, { state: "failed", reason: refused.message });
    }
  }

  /** @param {Refused} refused */
  #pause(refused) {
    clearTimeout(this.#timer);
    this.paused = refused;
    if (refused.status !== SIGNED_OUT) {
      this.#timer = setTimeout(() => this.resume(), this.#waitMs);
      this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
    }
    this.#changed();
  }

  /**
   * @param {Upload} entry
   * @param {Partial<Pick<Upload, "state" | "reason" | "sent" | "photo" | "alike">>} facts
   */
  #set(entry, facts) {
    const before = entry.countedBytes;
    this.counts[entry.state] -= 1;
    Object.assign(entry, facts.state && facts.state !== "sending" ? { sent: 0 } : {}, facts);
    this.counts[entry.state] += 1;
    this.sentBytes += entry.countedBytes - before;
    this.#changed(entry);
  }
}

/** @param {File} file */
async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
