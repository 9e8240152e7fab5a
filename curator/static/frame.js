// What every page has: the menu of the account.

import { bindMenus } from "./menu.js";

bindMenus();
