// The planner without reloading: slide the hour, choose a cell, try a change, and all of it follows.
// The server plans and says; this only asks it again and puts the parts that change in place.
const plan = document.querySelector("[data-plan]");
const said = document.querySelector("[data-announce]");
const slide = plan?.querySelector("[data-slide]");
const trial = plan?.querySelector("[data-trial]");
const here = () => new URLSearchParams(location.search);
// What scrolls by itself, what can have the focus, and what is read aloud of a part that has changed.
const SCROLLING = ".scroll, .days";
const HANDLES = "a, button, input, .scroll";
const TOLD = "#lede b, #keep .note p";
let wanted;
let isAsking = false;
let tables;
let waiting;

// One question at a time: while its answer is awaited only the newest wish is remembered. What the
// hour means comes first, its tables after it once nothing newer is wished for.
async function show(url, options = {}) {
  wanted = { url, ...options };
  clearTimeout(waiting);
  tables?.abort();
  if (isAsking) return;
  isAsking = true;
  let asked = url;
  try {
    while (wanted) {
      const { url, isStep, isTyped } = wanted;
      wanted = undefined;
      asked = url;
      const near = await ask(url, "near");
      if (isTyped && near.isRefused) {
        // Half of an hour is no mistake yet; it is one if nothing more is typed.
        waiting = setTimeout(() => show(url), 800);
        continue;
      }
      if (near.shape !== plan.dataset.shape) {
        location.href = url;
        return;
      }
      history[isStep ? "pushState" : "replaceState"](null, "", url);
      put(near.page);
      if (wanted) continue;
      tables = new AbortController();
      const { signal } = tables;
      const far = await ask(url, "far", signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      if (far && !wanted) put(far.page);
    }
  } catch {
    location.href = wanted?.url ?? asked;
  } finally {
    isAsking = false;
  }
}

// Some parts of a page; one of another shape, with more or other parts, is opened whole.
async function ask(url, parts, signal) {
  const answer = await fetch(url, { headers: { "X-Parts": parts }, signal });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // What is pressed stays until it is let go, or the press would be lost.
  while (plan.querySelector("[data-swap] :is(a, button, label):active")) await new Promise((go) => setTimeout(go, 50));
  return { page, shape: page.querySelector("[data-plan]")?.dataset.shape, isRefused: !answer.ok };
}

function put(page) {
  const focus = document.activeElement?.closest("[data-swap]") && place(document.activeElement);
  if (!wanted) plan.dispatchEvent(new CustomEvent("swap", { detail: page }));
  const told = [];
  for (const fresh of page.querySelectorAll("[data-swap]")) {
    const part = document.getElementById(fresh.id);
    // A number that is being typed stays as it is.
    if (fresh.isEqualNode(part) || part.querySelector("input[type=number]:focus")) continue;
    const scrolled = [...part.querySelectorAll(SCROLLING)].map((each) => each.scrollLeft);
    part.replaceWith(document.adoptNode(fresh));
    fresh.querySelectorAll(SCROLLING).forEach((each, nth) => (each.scrollLeft = scrolled[nth] ?? 0));
    told.push(fresh.querySelector(TOLD)?.textContent);
  }
  const fresh = page.querySelector("[data-slide]");
  if (slide && fresh && wanted) {
    if (slide.dataset.slide === fresh.dataset.slide) lay();
  } else if (slide && fresh) {
    slide.dataset.slide = fresh.dataset.slide;
    slide.elements.later.value = fresh.elements.later.getAttribute("value");
    slide.elements.later.setAttribute("aria-valuetext", fresh.elements.later.getAttribute("aria-valuetext"));
  }
  rove();
  if (focus && document.activeElement === document.body) find(focus)?.focus({ preventScroll: true });
  const sentence = told.filter(Boolean).join(" ").trim();
  if (said && sentence && !wanted) said.textContent = sentence;
}

// The heat map is one stop of the tab key: the hour that is looked at, or its first one.
function rove() {
  const heads = [...plan.querySelectorAll("[data-grid] thead a")];
  const stop = heads.find((link) => link.hasAttribute("aria-current")) ?? heads[0];
  for (const link of heads) link.tabIndex = link === stop ? 0 : -1;
}
if (plan) rove();

// Where the focus is, in words that hold in the next page too: a part, a cell of its table or a link.
function place(element) {
  const part = element.closest("[data-swap]");
  const cell = element.closest("td, th");
  if (cell) return { part: part.id, row: cell.parentElement.rowIndex, column: cell.cellIndex };
  return { part: part.id, number: [...part.querySelectorAll(HANDLES)].indexOf(element) };
}

function find({ part, row, column, number }) {
  const fresh = document.getElementById(part);
  if (row === undefined) return fresh.querySelectorAll(HANDLES)[number];
  return fresh.querySelector("table").rows[row]?.cells[column]?.querySelector("a");
}

const address = (fields) => `${plan.dataset.plan}?${fields}`;

// What is tried stands in the form, how one looks at it in the address. An empty field of a seat
// says that it has no such hours; the others say nothing when they are empty.
function tried() {
  const fields = new URLSearchParams(new FormData(trial));
  for (const name of ["beside", "places", "lens", "value", "start", "map"]) fields.delete(name);
  for (const name of ["also", "seat"]) fields.delete(name, "");
  for (const [name, value] of here()) if (/^(beside|places|lens|value|start|map)$/.test(name)) fields.append(name, value);
  return address(fields);
}

// Lay the sitting over the ribbons where the slide is, before any answer tells what it costs.
function lay() {
  const share = slide.elements.later.value / 14.4;
  const isMirrored = document.dir === "rtl";
  for (const frame of plan.querySelectorAll(".ribbons :is(.sitting, .halo)")) {
    frame.setAttribute("x", `${isMirrored ? 100 - share - parseFloat(frame.getAttribute("width")) : share}%`);
  }
}

slide?.addEventListener("input", () => {
  const fields = here();
  const minutes = Number(slide.elements.later.value);
  const start = new Date(Date.parse(slide.dataset.slide) + minutes * 60000);
  fields.delete("later");
  fields.set("start", `${start.toISOString().slice(0, 16)}Z`);
  lay();
  show(address(fields));
});
slide?.addEventListener("submit", (event) => event.preventDefault());

// A ribbon is dragged like the slide above it.
plan?.addEventListener("pointerdown", (event) => {
  const ribbon = event.target.closest(".ribbon");
  if (!ribbon || !slide || event.button) return;
  const box = ribbon.getBoundingClientRect();
  const follow = ({ clientX }) => {
    const share = (document.dir === "rtl" ? box.right - clientX : clientX - box.left) / box.width;
    slide.elements.later.value = Math.round(share * 96) * 15;
    slide.dispatchEvent(new Event("input"));
  };
  const end = new AbortController();
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => end.abort(), { once: true });
  addEventListener("pointermove", follow, { signal: end.signal });
  follow(event);
});

// Links to another look at the same plan are followed in place.
plan?.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const isSame = link.pathname === new URL(plan.dataset.plan, location).pathname;
  if (!isSame || link.closest("#keep")) return;
  event.preventDefault();
  show(link.href, { isStep: true });
});
addEventListener("popstate", () => plan && location.reload());

// Arrow keys move between the cells of the heat map; Enter follows one, as for any link.
plan?.addEventListener("keydown", (event) => {
  const cell = event.target.closest("[data-grid] :is(td, th)");
  const forward = document.dir === "rtl" ? -1 : 1;
  const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -forward], ArrowRight: [0, forward] }[event.key] ?? [0, 0];
  if (!cell || !(down || right)) return;
  const row = cell.closest("table").rows[cell.parentElement.rowIndex + down];
  const next = row?.cells[cell.cellIndex + right]?.querySelector("a");
  if (!next) return;
  event.preventDefault();
  next.focus();
});

plan?.addEventListener("change", (event) => {
  if (!event.target.matches("[name=beside]")) return;
  const picked = plan.querySelectorAll("[name=beside]:checked");
  for (const box of plan.querySelectorAll("[name=beside]:not(:checked)")) box.disabled = picked.length > 2;
  const fields = here();
  fields.delete("beside");
  for (const box of picked) fields.append("beside", box.value);
  show(address(fields));
});

// A change is tried as it is typed; a place more, or another seat's fields, once it is named.
trial?.addEventListener("input", ({ target }) => {
  if (target.matches("[name=also], [name=seat]")) return;
  show(tried(), { isTyped: target.matches("textarea, input") });
});
trial?.addEventListener("submit", (event) => {
  event.preventDefault();
  location.href = tried();
});
trial?.addEventListener("change", (event) => {
  if (event.target.matches("[name=also], [name=seat]")) trial.requestSubmit();
});

// So is the number of a lens: a ceiling, how many are enough.
function look(event) {
  const lens = event.target.closest("[data-lens]");
  if (!lens) return;
  if (event.type === "submit") event.preventDefault();
  if (!lens.elements.value.value) return;
  const fields = here();
  for (const name of ["lens", "value"]) fields.set(name, lens.elements[name].value);
  show(address(fields), { isTyped: true });
}
for (const name of ["input", "submit"]) plan?.addEventListener(name, look);
