// The administration page: each form is sent once.

import { sendOnce } from "./base/forms.js";

sendOnce();
