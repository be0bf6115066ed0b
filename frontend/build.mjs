// Builds build/static/ from published packages: one stylesheet left to right, one right to left, one script.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";
import rtlcss from "rtlcss";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = join(process.env.COUNTERPOINT_BUILD || join(root, "build"), "static");
mkdirSync(out, { recursive: true });

const compiled = sass.compile(join(here, "app.scss"), { style: "compressed", quietDeps: true, logger: sass.Logger.silent });
writeFileSync(join(out, "counterpoint.css"), compiled.css);
writeFileSync(join(out, "counterpoint.rtl.css"), rtlcss.process(compiled.css));
const govuk = join(root, "node_modules", "govuk-frontend", "dist", "govuk");
copyFileSync(join(govuk, "govuk-frontend.min.js"), join(out, "govuk-frontend.min.js"));
for (const script of ["counterpoint.js", "campaigns.js"]) copyFileSync(join(here, script), join(out, script));
