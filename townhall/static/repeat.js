// Plans a series without leaving the page: what comes of it is put in place, and until then the page says so.
(() => {
  const said = document.querySelector("[data-announce]");
  let asking;
  document.addEventListener("submit", async (event) => {
    if (event.target.id !== "wish") return;
    event.preventDefault();
    const place = document.querySelector("[data-repeat]");
    const wait = place.querySelector("[data-wait]");
    const url = `?${new URLSearchParams(new FormData(event.target))}`;
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    wait.hidden = false;
    said.textContent = wait.textContent.trim();
    try {
      const answer = await fetch(url, { signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      history.replaceState(null, "", url);
      place.replaceChildren(...page.querySelector("[data-repeat]").childNodes);
      place.querySelector("#wish button").focus({ preventScroll: true });
      said.textContent = (place.querySelector("[data-lede]") ?? place.querySelector(".error"))?.textContent.trim();
    } catch {
      if (!signal.aborted) location.href = url;
    }
  });
})();
