// The administration page: each form is sent once.

import { sendOnce } from "./forms.js";

sendOnce();
