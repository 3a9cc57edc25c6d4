// Swaps in who comes whenever somebody answers; asks while the page is looked at.
(() => {
  const EVERY_MS = 5000;
  const address = document.querySelector("[data-attendance]").dataset.attendance;
  let shown;
  const swap = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const parts = [...page.body.children].map((part) => [document.getElementById(part.id), part]);
    // What the reader's keyboard is on, or what is being pressed, stays until the next look.
    if (parts.some(([old]) => old?.matches(":focus-within, :active"))) return;
    for (const [old, part] of parts) old?.replaceWith(part);
    shown = text;
  };
  const look = async () => {
    try {
      if (!document.hidden) {
        // The browser sends the ETag that it has, and gives the text back that it knows on 304.
        const answer = await fetch(address, { cache: "no-cache" });
        const text = await answer.text();
        if (answer.ok && text !== shown) swap(text);
      }
    } catch {
      // The line is gone for a while; the next look may find it back.
    }
    setTimeout(look, EVERY_MS);
  };
  setTimeout(look, EVERY_MS);
})();
