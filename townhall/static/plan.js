// The planner without reloading: slide the hour, try a change, and every place's cost follows.
// The server plans and says; this only asks it again and puts the parts that change in place.
const plan = document.querySelector("[data-plan]");
const said = document.querySelector("[data-announce]");
let asking;

async function show(url) {
  asking?.abort();
  asking = new AbortController();
  let page;
  try {
    const answer = await fetch(url, { signal: asking.signal });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch (error) {
    if (error.name !== "AbortError") location.href = url;
    return;
  }
  if (!page.querySelector("[data-plan]")) {
    location.href = url;
    return;
  }
  for (const part of plan.querySelectorAll("[data-swap]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceWith(document.adoptNode(fresh));
  }
  const lede = plan.querySelector("#lede b");
  if (said && lede) said.textContent = lede.textContent;
  history.replaceState(null, "", url);
}

function address(form) {
  const fields = new URLSearchParams(new FormData(form));
  return `${plan.dataset.plan}?${fields}`;
}

const slide = plan?.querySelector("[data-slide]");
const trial = plan?.querySelector("[data-trial]");

function shown() {
  const begin = Date.parse(slide.dataset.slide);
  const start = new Date(begin + slide.elements.later.value * 60000);
  return `${start.toISOString().slice(0, 16)}Z`;
}

slide?.addEventListener("input", () => {
  const fields = new URLSearchParams(trial ? new FormData(trial) : undefined);
  fields.set("start", shown());
  if (trial?.elements.start) trial.elements.start.value = shown();
  show(`${plan.dataset.plan}?${fields}`);
});
slide?.addEventListener("submit", (event) => event.preventDefault());

let waiting;
trial?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => show(address(trial)), 120);
});
trial?.addEventListener("submit", (event) => {
  event.preventDefault();
  show(address(trial));
});
