// The form of a record: warns before changes are lost, is sent once, leads to what is wrong.
function reveal(target) {
  const pane = target.closest(".tab-pane");
  if (pane && !pane.classList.contains("active")) document.querySelector(`[data-bs-target="#${pane.id}"]`).click();
  for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  const select = target.tomselect;
  target.scrollIntoView({ block: "center" });
  if (select) select.focus();
  else target.focus({ preventScroll: true });
}

function watch(form) {
  let dirty = form.dataset.guard === "dirty" || "faulty" in form.dataset;
  let sending = false;
  const touched = (event) => {
    if (event.isTrusted !== false || event.target.matches?.("[data-grid], select, .upload, .sign, [data-rich]")) dirty = true;
  };
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  window.addEventListener("beforeunload", (event) => {
    if (dirty && !sending) event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (sending || form.querySelector("progress")) {
      event.preventDefault();
      return;
    }
    sending = true;
    for (const button of form.querySelectorAll("button[type=submit]")) if (button !== event.submitter) button.disabled = true;
    setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((button) => (button.disabled = true)), 0);
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    sending = false;
    form.querySelectorAll("button[type=submit]").forEach((button) => (button.disabled = false));
  });
  form.addEventListener("keydown", (event) => {
    // Enter in a single line must not save a half-filled form
    if (event.key === "Enter" && event.target.matches("input:not([type=submit])") && !event.target.closest("[data-row]")) event.preventDefault();
  });
}

export function formGuard() {
  for (const form of document.querySelectorAll("form[data-guard]")) watch(form);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("once" in form.dataset) || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-fault]");
    const target = link && document.getElementById(link.hash.slice(1));
    if (target) { event.preventDefault(); reveal(target); }
  });
  const wrong = document.querySelector("form[data-faulty] [data-fault]");
  const target = wrong && document.getElementById(wrong.hash.slice(1));
  const faults = document.getElementById("faults");
  if (target) reveal(target);
  else if (faults) faults.focus();
  else if (document.querySelector("#record-form") && !location.pathname.endsWith("/edit")) {
    const begin = document.querySelector("#record-form .fields input:not([type=hidden]):not([type=file]), #record-form .fields textarea");
    if (begin && !begin.closest(".ts-wrapper")) begin.focus({ preventScroll: true });
  }
}
