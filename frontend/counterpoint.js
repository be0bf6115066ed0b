// Enhancement only: every page works without it.
import { initAll } from "./govuk-frontend.min.js";

document.documentElement.classList.add("govuk-frontend-supported-page");
document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// The receipt page: buttons that only a script can serve are shown only then.
for (const tools of document.querySelectorAll("[data-receipt-tools]")) {
  tools.hidden = false;
  tools.querySelector("[data-print]").addEventListener("click", () => window.print());
  tools.querySelector("[data-copy]").addEventListener("click", async () => {
    const words = [...document.querySelectorAll("[data-receipt=words] li")].map((word) => word.textContent.trim());
    await navigator.clipboard.writeText(words.join(" "));
    tools.querySelector("[data-copy-said]").textContent = tools.dataset.copied;
  });
}

// A process that is wider than the page begins where its step waits.
for (const box of document.querySelectorAll(".cp-process")) {
  const step = box.querySelector(".process-step--waiting");
  if (step) {
    const left = step.getBoundingClientRect().left - box.getBoundingClientRect().left;
    box.scrollLeft += left - box.clientWidth / 3;
  }
}
