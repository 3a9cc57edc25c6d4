// Buttons that copy the field they name; without a script the field can be copied by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
    document.querySelector("[data-announce]").textContent = button.dataset.done;
    button.textContent = button.dataset.done;
  });
}
