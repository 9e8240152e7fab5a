// What comes from a drop, a paste or a choice of files, as [path, file] each.

/** Return all files below a dropped entry. */
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

export async function droppedFiles(transfer) {
  // The list empties as soon as this event is over: take the entries before the first await.
  const taken = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const one of taken) {
    if (one instanceof File) found.push([one.name, one]);
    else if (one) found.push(...(await filesBelow(one)));
  }
  return found;
}

export function chosenFiles(input) {
  const found = [...input.files].map((file) => [file.webkitRelativePath || file.name, file]);
  input.value = "";
  return found;
}

/** A picture that was copied out of a program has no name of its own: it gets the moment it came. */
export function pastedFiles(transfer, now = new Date()) {
  const files = [...transfer.files];
  return files.map((file, index) => [isNameless(file) ? nameOfMoment(file, now, index) : file.name, file]);
}

function isNameless(file) {
  return !file.name || /^image\.\w+$/i.test(file.name); // browsers call every copied picture so
}

function nameOfMoment(file, now, index) {
  const two = (number) => String(number).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join("");
  const kind = file.type.replace(/^image\//, "").replace("jpeg", "jpg") || "png";
  return `pasted-${day}-${time}${index ? `-${index + 1}` : ""}.${kind}`;
}
