// Shows how far the search for a series' hours is, and the whole page again when it has ended.
(() => {
  const place = document.querySelector("[data-progress]");
  const look = async () => {
    try {
      const answer = await fetch(place.dataset.progress);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("progress")) return location.reload();
      place.replaceChildren(...page.body.childNodes);
    } catch {
      // The line is gone for a while; the next look may find it back.
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
})();
