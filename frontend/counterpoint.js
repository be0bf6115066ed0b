// Enhancement only: every page works without it.
import { initAll } from "./govuk-frontend.min.js";

document.documentElement.classList.add("govuk-frontend-supported-page");
document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
