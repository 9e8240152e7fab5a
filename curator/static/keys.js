// Binds a page's table of keys: the keys, the buttons that do the same, the hints on them, and the help.

// A row of the table: { action, keys: ["1"], says: "Positive", run() {...} }; `whileTyping` where a field shall not keep the key.
// Elements with data-action (or data-key) of that name get the hint; those with data-action run it when clicked.

const NAMES = { " ": "Space", "ctrl+enter": "Ctrl+Enter", "ctrl+z": "Ctrl+Z", "ctrl+a": "Ctrl+A", "shift+arrows": "Shift+←→", delete: "Del", escape: "Esc", enter: "Enter", backspace: "Backspace", arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", "-": "−" };

function isTyping(target) {
  return target.closest("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])") !== null;
}

function pressed(event) {
  return (event.ctrlKey || event.metaKey ? "ctrl+" : "") + event.key.toLowerCase();
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
  element.setAttribute("aria-keyshortcuts", key.replace("ctrl", "Control"));
}

function onKey(event, byKey) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const key = pressed(event);
  const row = byKey.get(key);
  if (!row || document.querySelector("dialog[open]")) return;
  if (isTyping(event.target) && !row.whileTyping && key !== "ctrl+enter") return;
  // Enter on a link or button is that element's own.
  if (key === "enter" && event.target.closest("a, button, summary, .a9s-handle")) return;
  if (event.repeat && !row.repeats) return event.preventDefault();
  if (row.run(event) === false) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

export function bindKeys(table) {
  const byKey = new Map(table.flatMap((row) => row.keys.map((key) => [key, row])));
  // On the window and first in line: Annotorious has an undo of its own on the document.
  window.addEventListener("keydown", (event) => onKey(event, byKey), { capture: true });
  for (const row of table) {
    for (const element of document.querySelectorAll(`[data-action="${row.action}"], [data-key="${row.action}"]`)) {
      if (!row.unmarked) hint(element, row.keys[0]);
    }
    for (const element of document.querySelectorAll(`[data-action="${row.action}"]`)) {
      if (row.click !== false) {
        element.addEventListener("click", (event) => {
          if (row.run(event) !== false) event.preventDefault();
        });
      }
    }
  }
  document.documentElement.dataset.keys = "ready";
}

/** Fill the help dialog from the same table. */
export function fillHelp(dialog, table) {
  for (const row of table) {
    const line = dialog.querySelector("tbody").insertRow();
    const keys = line.insertCell();
    row.keys.forEach((key, index) => {
      if (index) keys.append(" ");
      const mark = document.createElement("kbd");
      mark.textContent = nameOf(key);
      keys.append(mark);
    });
    line.insertCell().textContent = row.says;
  }
}
