// Asks why a photo is excluded: a reason by its number, or in one's own words.

/** Move the page's forms into the dialog; returns what opens it. `exclude(data)` is told the reason. */
export function excludeDialog(dialog, details, exclude) {
  if (!dialog) return () => false;
  const forms = [...details.querySelectorAll("form")];
  dialog.querySelector("form[method=dialog]").before(...forms);
  for (const form of forms) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const data = new FormData(form, event.submitter?.name ? event.submitter : null);
      dialog.close();
      form.reset();
      exclude(data);
    });
  }
  dialog.addEventListener("keydown", (event) => {
    if (event.target.closest("input") || event.ctrlKey || event.altKey || event.metaKey) return;
    const reason = dialog.querySelectorAll("button[name=reason]")[Number(event.key) - 1];
    if (!reason) return;
    event.preventDefault();
    reason.click();
  });
  details.addEventListener("toggle", () => (details.open = false)); // its summary opens the dialog
  return () => dialog.showModal();
}
