// Signing out removes an account's drafts from this computer, since another person may use it next. It asks first.

import { findIfAny } from "../base/elements.js";
import { t } from "../base/translation.js";
import { draftsOf, forgetDrafts } from "./drafts.js";

const form = findIfAny("form[data-signs-out]", HTMLFormElement);

form?.addEventListener("submit", (event) => {
  const { signsOut: rater = "" } = form.dataset;
  const asked = t("Unsaved drafts are removed from this computer when you sign out. Sign out?");
  if (draftsOf(rater).length && !confirm(asked)) return event.preventDefault();
  forgetDrafts(rater);
});
