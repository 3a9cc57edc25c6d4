// Shows how far the search for a series' hours is, and the whole page again when it has ended;
// somebody who fills in a form by then is told so, and loads it when they are done.
(() => {
  const place = document.querySelector("[data-progress]");
  const look = async () => {
    try {
      const answer = await fetch(place.dataset.progress);
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const isOver = !page.querySelector("progress");
      if (isOver && !document.activeElement.matches("input, select")) return location.reload();
      place.replaceChildren(...page.body.childNodes);
      if (isOver) {
        document.querySelector("[data-announce]").textContent = place.textContent.trim();
        return document.querySelector("[data-stop]").remove();
      }
    } catch {
      // The line is gone for a while; the next look may find it back.
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
})();
