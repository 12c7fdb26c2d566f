// Small controls: colour beside its text, the place where one is, a relative day in place of a date.
import { say } from "./toasts.js";

export function small() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-color]")) event.target.nextElementSibling.value = event.target.value;
    if (event.target.matches(".color-text") && /^#[0-9a-f]{6}$/i.test(event.target.value)) event.target.previousElementSibling.value = event.target.value;
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-day-word]")) return;
    const date = event.target.previousElementSibling;
    const word = event.target.value;
    date.type = word ? "text" : "date";
    date.value = word;
    date.hidden = Boolean(word);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-locate]");
    if (!button) return;
    const input = document.getElementById(button.dataset.locate);
    const failed = () => say(button.dataset.failed);
    if (!navigator.geolocation) return failed();
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      input.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }, failed, { enableHighAccuracy: true, timeout: 10000 });
  });
}
