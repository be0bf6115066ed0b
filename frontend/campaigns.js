// Campaigns. Enhancement only: the run's page has a link, the network a form, a picture and a table.

// --- a run under way looks again by itself, and comes back whole when it has ended
const EVERY_MILLISECONDS = 2000;

async function lookAgain() {
  const shown = document.querySelector("[data-run-progress]");
  if (!shown) return;
  try {
    const answer = await fetch(location.pathname, { credentials: "same-origin", redirect: "manual" });
    if (!answer.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-run-progress]");
    if (!fresh) return location.reload();
    const bar = fresh.querySelector("progress");
    shown.querySelector("label").textContent = fresh.querySelector("label").textContent;
    shown.querySelector("progress").value = bar.value;
  } catch {
    // no connection at this moment: try again
  }
  setTimeout(lookAgain, EVERY_MILLISECONDS);
}

if (document.querySelector("[data-run-progress]")) setTimeout(lookAgain, EVERY_MILLISECONDS);

// --- the network: drag or buttons to move, wheel or buttons to zoom, the choice of weights to filter
const SMALLEST = 0.15;
const STEP = 1.3;

function network(box) {
  const svg = box.querySelector("svg");
  const view = svg?.querySelector("[data-network-view]");
  const tools = box.querySelector("[data-network-tools]");
  if (!view || !tools) return;
  const whole = svg.viewBox.baseVal;
  const all = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let seen = { ...all };
  tools.hidden = false;

  const show = () => svg.setAttribute("viewBox", `${seen.x} ${seen.y} ${seen.width} ${seen.height}`);
  const move = (right, down) => {
    const slack = 0.5;
    seen.x = Math.min(Math.max(seen.x + right, all.x - seen.width * slack), all.x + all.width - seen.width * slack);
    seen.y = Math.min(Math.max(seen.y + down, all.y - seen.height * slack), all.y + all.height - seen.height * slack);
    show();
  };
  const zoom = (factor, at = { x: 0.5, y: 0.5 }) => {
    const width = Math.min(Math.max(seen.width / factor, all.width * SMALLEST), all.width);
    const height = (width * all.height) / all.width;
    seen = { x: seen.x + (seen.width - width) * at.x, y: seen.y + (seen.height - height) * at.y, width, height };
    move(0, 0);
  };

  tools.addEventListener("click", (event) => {
    const { zoom: how, pan } = event.target.dataset;
    if (how === "in") zoom(STEP);
    if (how === "out") zoom(1 / STEP);
    if (how === "all") {
      seen = { ...all };
      show();
    }
    const along = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[pan];
    if (along) move((along[0] * seen.width) / 5, (along[1] * seen.height) / 5);
  });
  svg.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page itself scrolls without a key held
      event.preventDefault();
      const frame = svg.getBoundingClientRect();
      const at = { x: (event.clientX - frame.left) / frame.width, y: (event.clientY - frame.top) / frame.height };
      zoom(event.deltaY < 0 ? STEP : 1 / STEP, at);
    },
    { passive: false },
  );
  let grip = null;
  svg.addEventListener("pointerdown", (event) => {
    grip = { x: event.clientX, y: event.clientY };
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const frame = svg.getBoundingClientRect();
    const right = ((grip.x - event.clientX) * seen.width) / frame.width;
    const down = ((grip.y - event.clientY) * seen.height) / frame.height;
    grip = { x: event.clientX, y: event.clientY };
    move(right, down);
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (grip = null));
  filter(box, view);
}

function filter(box, view) {
  const form = document.querySelector("[data-network-filter]");
  const choice = form?.querySelector("select");
  if (!choice) return;
  if (new URLSearchParams(location.search).has("least")) return; // the server left lines out: let it draw them
  form.querySelector("button").remove();
  const said = box.querySelector("[data-network-said]");
  choice.addEventListener("change", () => {
    const least = Number(choice.value);
    const tied = new Set();
    let pairs = 0;
    for (const line of view.querySelectorAll("line")) {
      const kept = Number(line.dataset.weight) >= least;
      line.toggleAttribute("hidden", !kept);
      line.setAttribute("visibility", kept ? "visible" : "hidden");
      if (!kept) continue;
      pairs += 1;
      tied.add(line.dataset.one).add(line.dataset.two);
    }
    for (const dot of view.querySelectorAll("circle")) dot.setAttribute("fill-opacity", tied.has(dot.dataset.place) ? "1" : "0.2");
    said.textContent = `${pairs} pairs of ${tied.size} accounts are shown.`;
  });
}

for (const box of document.querySelectorAll("[data-network]")) network(box);
