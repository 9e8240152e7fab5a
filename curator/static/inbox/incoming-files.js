// Files from a drop, a paste or a file dialog, each as [path, file].

/** @typedef {[path: string, file: File]} IncomingFile */

/**
 * Return all files below a dropped entry.
 * @param {FileSystemEntry} entry
 * @param {string} [path]
 * @returns {Promise<IncomingFile[]>}
 */
async function filesBelow(entry, path = "") {
  const here = path ? `${path}/${entry.name}` : entry.name;
  if (entry.isFile) return [[here, await fileOf(/** @type {FileSystemFileEntry} */ (entry))]];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    const some = await nextEntries(reader);
    if (!some.length) return found;
    for (const below of some) found.push(...(await filesBelow(below, here)));
  }
}

/**
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<File>}
 */
function fileOf(entry) {
  return new Promise((done, fail) => entry.file(done, fail));
}

/**
 * Continue reading a folder: at most 100 entries at a time.
 * @param {FileSystemDirectoryReader} reader
 * @returns {Promise<FileSystemEntry[]>}
 */
function nextEntries(reader) {
  return new Promise((done, fail) => reader.readEntries(done, fail));
}

/** @param {DataTransfer} transfer */
export async function droppedFiles(transfer) {
  // The list empties as soon as this event is over: take the entries before the first await.
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const taken = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  /** @type {IncomingFile[]} */
  const found = [];
  for (const one of taken) {
    if (one instanceof File) found.push([one.name, one]);
    else if (one) found.push(...(await filesBelow(one)));
  }
  return found;
}

/**
 * @param {HTMLInputElement} input
 * @returns {IncomingFile[]}
 */
export function chosenFiles(input) {
  const files = [...(input.files ?? [])];
  input.value = "";
  return files.map((file) => [file.webkitRelativePath || file.name, file]);
}

/**
 * A picture copied from a program has no name of its own: it is named by the time of its arrival.
 * @param {DataTransfer | null} transfer
 * @param {Date} [now]
 * @returns {IncomingFile[]}
 */
export function pastedFiles(transfer, now = new Date()) {
  const files = [...(transfer?.files ?? [])];
  return files.map((file, index) => [isNameless(file) ? nameOfMoment(file, now, index) : file.name, file]);
}

/** @param {Pick<File, "name">} file */
export function isNameless(file) {
  return !file.name || /^image\.\w+$/i.test(file.name); // browsers give every copied picture this name
}

/**
 * @param {Pick<File, "type">} file
 * @param {Date} now
 * @param {number} index among the files that arrived together
 */
export function nameOfMoment(file, now, index) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join("");
  const kind = file.type.replace(/^image\//, "").replace("jpeg", "jpg") || "png";
  return `pasted-${day}-${time}${index ? `-${index + 1}` : ""}.${kind}`;
}
