// The page that asks before an exclusion reaches further photos.

import { bindQuestion } from "../base/question.js";

bindQuestion();
