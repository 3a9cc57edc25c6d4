// The planner without reloading: slide the hour, choose a cell, try a change, and all of it follows.
// The server plans and says; this only asks it again and puts the parts that change in place.
const plan = document.querySelector("[data-plan]");
const said = document.querySelector("[data-announce]");
const slide = plan?.querySelector("[data-slide]");
const trial = plan?.querySelector("[data-trial]");
const here = () => new URLSearchParams(location.search);
let wanted;
let isAsking = false;

// One question at a time: while its answer is awaited only the newest wish is remembered.
// A page with more or other parts is opened whole.
async function show(url, isStep = false) {
  wanted = [url, isStep];
  if (isAsking) return;
  isAsking = true;
  try {
    while (wanted) {
      const [next, isPushed] = wanted;
      wanted = undefined;
      const answer = await fetch(next);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      // What is pressed stays until it is let go, or the press would be lost.
      while (plan.querySelector("[data-swap] :is(a, button, label):active")) await new Promise((go) => setTimeout(go, 50));
      const count = (root) => root.querySelectorAll("[data-plan], [data-slide], [data-hours], [data-swap]").length;
      if (count(page) !== count(document)) {
        location.href = next;
        return;
      }
      history[isPushed ? "pushState" : "replaceState"](null, "", next);
      swap(page);
    }
  } catch {
    location.href = url;
  } finally {
    isAsking = false;
  }
}

function swap(page) {
  const focus = document.activeElement?.closest("[data-swap]") && place(document.activeElement);
  if (!wanted) plan.dispatchEvent(new CustomEvent("swap", { detail: page }));
  for (const part of plan.querySelectorAll("[data-swap]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceWith(document.adoptNode(fresh));
  }
  const fresh = page.querySelector("[data-slide]");
  if (slide && !wanted) {
    slide.dataset.slide = fresh.dataset.slide;
    slide.elements.later.value = fresh.elements.later.getAttribute("value");
    slide.elements.later.setAttribute("aria-valuetext", fresh.elements.later.getAttribute("aria-valuetext"));
  }
  rove();
  if (focus && document.activeElement === document.body) find(focus)?.focus({ preventScroll: true });
  const lede = plan.querySelector("#lede b");
  if (said && lede) said.textContent = lede.textContent;
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
  return { part: part.id, number: [...part.querySelectorAll("a, button, input")].indexOf(element) };
}

function find({ part, row, column, number }) {
  const fresh = document.getElementById(part);
  if (row === undefined) return fresh.querySelectorAll("a, button, input")[number];
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

slide?.addEventListener("input", () => {
  const fields = here();
  const minutes = Number(slide.elements.later.value);
  const start = new Date(Date.parse(slide.dataset.slide) + minutes * 60000);
  fields.delete("later");
  fields.set("start", `${start.toISOString().slice(0, 16)}Z`);
  for (const frame of plan.querySelectorAll(".ribbons :is(.sitting, .halo)")) {
    const share = minutes / 14.4;
    const isMirrored = document.dir === "rtl";
    frame.setAttribute("x", `${isMirrored ? 100 - share - parseFloat(frame.getAttribute("width")) : share}%`);
  }
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
  show(link.href, true);
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
let waiting;
trial?.addEventListener("input", (event) => {
  if (event.target.matches("[name=also], [name=seat]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => show(tried()), 120);
});
trial?.addEventListener("submit", (event) => {
  event.preventDefault();
  location.href = tried();
});
trial?.addEventListener("change", (event) => {
  if (event.target.matches("[name=also], [name=seat]")) trial.requestSubmit();
});
