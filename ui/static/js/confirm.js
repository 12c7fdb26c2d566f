// Asks in our own dialog before a form with data-confirm is sent, and before htmx sends what has hx-confirm.
export function ask(text, from) {
  const dialog = document.getElementById("confirm");
  const yes = document.getElementById("confirm-yes");
  const set = (from && from.dataset) || {};
  document.getElementById("confirm-text").textContent = text;
  document.getElementById("confirm-more").textContent = set.confirmMore || "";
  yes.textContent = set.confirmYes || yes.dataset.plain;
  yes.classList.toggle("btn-danger", "confirmDanger" in set);
  yes.classList.toggle("btn-primary", !("confirmDanger" in set));
  dialog.returnValue = "";
  dialog.showModal();
  yes.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export function confirmations() {
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, event.detail.elt).then((agreed) => {
      if (agreed) event.detail.issueRequest(true);
    });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.hasAttribute("hx-confirm") || form.dataset.agreed) return;
    event.preventDefault();
    const button = event.submitter;
    ask(form.dataset.confirm, form).then((agreed) => {
      if (!agreed) return;
      form.dataset.agreed = "yes";
      form.requestSubmit(button && button.isConnected ? button : undefined);
    });
  });
}
