// The page of administrators: each form is sent once.

import { sendOnce } from "./forms.js";

sendOnce();
