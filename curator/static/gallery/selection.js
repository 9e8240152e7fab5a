// The page that asks for confirmation before several photos are changed.

import { bindReasons } from "../base/exclude.js";
import { press, sendOnce } from "../base/forms.js";
import { bindKeys } from "../base/keys.js";
import { t } from "../base/translation.js";

sendOnce();
bindReasons(document.documentElement);
bindKeys([
  {
    action: "cancel",
    keys: ["escape"],
    says: t("Back to the gallery, nothing changed"),
    run: press('[data-action="cancel"]'),
    click: false,
    whileTyping: true,
  },
]);
