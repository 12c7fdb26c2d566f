// Notes at the corner of the page: those that the server put there, and those of scripts.
const SHOWN = 6000;

function live(toast) {
  toast.querySelector("[data-close]").addEventListener("click", () => toast.remove());
  if (!toast.classList.contains("danger")) setTimeout(() => toast.remove(), SHOWN);
}

export function say(text, kind = "danger") {
  const toast = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  toast.classList.add(kind);
  toast.querySelector("p").textContent = text;
  document.getElementById("toasts").append(toast);
  live(toast);
}

export function toasts() {
  document.querySelectorAll("#toasts [data-toast]").forEach(live);
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    const plain = (answer.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    say(plain && answer.responseText ? answer.responseText : document.body.dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => say(document.body.dataset.failed));
  const bar = document.getElementById("bar");
  document.addEventListener("htmx:beforeRequest", () => bar.classList.add("going"));
  document.addEventListener("htmx:afterRequest", () => bar.classList.remove("going"));
}
