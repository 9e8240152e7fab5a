// Binds a page's table of keys: the keys, the buttons that do the same, the hints on them, and the help.

// A row of the table: { action, keys: ["1"], says: "Positive", run() {...} }; `whileTyping` where a field shall not keep the key,
// `release` for what holds only while the key is down, `group` for the help.
// Elements with data-action (or data-key) of that name get the hint; those with data-action run it when clicked.

const NAMES = {
  " ": "Space",
  "ctrl+enter": "Ctrl+Enter",
  "ctrl+z": "Ctrl+Z",
  "ctrl+shift+z": "Ctrl+Shift+Z",
  "ctrl+y": "Ctrl+Y",
  "ctrl+a": "Ctrl+A",
  "shift+arrows": "Shift+←→",
  delete: "Del",
  escape: "Esc",
  enter: "Enter",
  backspace: "Backspace",
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
  "-": "−",
};
const BY_SPACE = "button, summary, .a9s-handle, input"; // elements that a key presses
const BY_ENTER = "a, button, summary, .a9s-handle";

function isTyping(target) {
  return (
    target.closest(
      "textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox]):not([type=range])",
    ) !== null
  );
}

function pressed(event) {
  const ctrl = event.ctrlKey || event.metaKey;
  return (ctrl ? "ctrl+" : "") + (ctrl && event.shiftKey ? "shift+" : "") + event.key.toLowerCase();
}

function nameOf(key) {
  return NAMES[key] ?? key.toUpperCase();
}

function hint(element, key) {
  if (element.querySelector("kbd")) return;
  const mark = document.createElement("kbd");
  mark.textContent = nameOf(key);
  mark.setAttribute("aria-hidden", "true");
  element.append(mark);
  element.setAttribute("aria-keyshortcuts", key.replace("ctrl", "Control").replace("shift", "Shift"));
}

function isOwn(key, target) {
  const pressed = { enter: BY_ENTER, " ": BY_SPACE }[key];
  return pressed !== undefined && target.closest(pressed) !== null;
}

function onKey(event, byKey) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const key = pressed(event);
  const row = byKey.get(key);
  if (!row || document.querySelector("dialog[open]")) return;
  if (isTyping(event.target) && !row.whileTyping && key !== "ctrl+enter") return;
  if (isOwn(key, event.target)) return;
  if (event.repeat && !row.repeats) return event.preventDefault();
  if (row.run(event) === false) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function bindReleases(table) {
  const held = table.filter((row) => row.release);
  window.addEventListener("keyup", (event) => {
    for (const row of held) if (row.keys.includes(event.key.toLowerCase())) row.release();
  });
  // The key may come up in another window.
  window.addEventListener("blur", () => held.forEach((row) => row.release()));
}

export function bindKeys(table) {
  const byKey = new Map(table.flatMap((row) => row.keys.map((key) => [key, row])));
  // On the window and first in line: Annotorious has an undo of its own on the document.
  window.addEventListener("keydown", (event) => onKey(event, byKey), { capture: true });
  bindReleases(table);
  for (const row of table) {
    for (const element of document.querySelectorAll(`[data-action="${row.action}"], [data-key="${row.action}"]`)) {
      if (!row.unmarked) hint(element, row.keys[0]);
    }
    for (const element of document.querySelectorAll(`[data-action="${row.action}"]`)) {
      const run = row.click ?? row.run;
      if (run) {
        element.addEventListener("click", (event) => {
          if (event.detail) element.blur(); // clicked, not pressed: the next Enter means the page again
          if (run(event) !== false) event.preventDefault();
        });
      }
    }
  }
  document.documentElement.dataset.keys = "ready";
}

/** Fill the help dialog from the same table, a heading for each group. */
export function fillHelp(dialog, table) {
  const parts = dialog.querySelector("table");
  const groups = grouped(table);
  parts.replaceChildren(...[...groups].map(([group, rows]) => part(group, rows)));
}

function grouped(table) {
  const groups = new Map();
  for (const row of table) groups.set(row.group ?? "", [...(groups.get(row.group ?? "") ?? []), row]);
  return groups;
}

function part(group, rows) {
  const body = document.createElement("tbody");
  if (group) {
    const heading = document.createElement("th");
    heading.colSpan = 2;
    heading.scope = "rowgroup";
    heading.textContent = group;
    body.insertRow().append(heading);
  }
  for (const row of rows) {
    const line = body.insertRow();
    const keys = line.insertCell();
    row.keys.forEach((key, index) => {
      if (index) keys.append(" ");
      const mark = document.createElement("kbd");
      mark.textContent = nameOf(key);
      keys.append(mark);
    });
    line.insertCell().textContent = row.says;
  }
  return body;
}
