// The planner of several sittings: sliding one hour has plan.js show all of them again.
const hours = () => [...document.querySelectorAll("[data-hours]")];

function start(form) {
  const at = new Date(Date.parse(form.dataset.hours) + form.elements.later.value * 60000);
  return `${at.toISOString().slice(0, 16)}Z`;
}

plan?.addEventListener("input", (event) => {
  const form = event.target.closest("[data-hours]");
  if (!form) return;
  const fields = here();
  for (const name of ["start", "slide", "later"]) fields.delete(name);
  for (const each of hours()) fields.append("start", start(each));
  fields.set("map", start(form));
  show(address(fields));
});
plan?.addEventListener("submit", (event) => {
  if (event.target.matches("[data-hours]")) event.preventDefault();
});

// The slides follow what is shown. The one in hand stays as it is, unless its sitting has become
// another one by passing it: then the focus goes on with the sitting.
plan?.addEventListener("swap", ({ detail: page }) => {
  const held = document.activeElement?.closest("[data-hours]");
  const at = held && start(held);
  for (const form of hours()) {
    const fresh = page.getElementById(form.id);
    if (!fresh) return;
    if (start(form) !== start(fresh) || form.dataset.hours !== fresh.dataset.hours) form.replaceWith(document.adoptNode(fresh));
  }
  if (held && !held.isConnected) hours().find((form) => start(form) === at)?.elements.later.focus();
});
