// Lists: a click anywhere in a row opens it, Shift on a heading adds a sort key, columns are moved.
function moved(list) {
  return window.Sortable.create(list, { handle: ".grip", animation: 120 });
}

export function lists() {
  document.addEventListener("click", (event) => {
    const up = event.target.closest("[data-up]");
    if (up) {
      const item = up.closest("li");
      if (item.previousElementSibling) item.previousElementSibling.before(item);
      up.focus();
      return;
    }
    const row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, td.check") || String(window.getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else window.location.assign(row.dataset.href);
  });
  document.addEventListener("click", (event) => {
    const head = event.shiftKey && event.target.closest("th a[data-more]");
    if (!head) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    window.htmx.ajax("GET", head.dataset.more, { target: "#list", swap: "outerHTML", source: head }).then(() => history.pushState({}, "", head.dataset.more));
  }, true);
  const prepare = (root) => root.querySelectorAll?.("[data-sortable]").forEach(moved);
  prepare(document);
  document.addEventListener("htmx:load", (event) => event.target !== document.body && prepare(event.target));
  // the search box is swapped with its list: whoever types goes on typing
  let typed = null;
  document.addEventListener("htmx:beforeSwap", () => {
    const box = document.getElementById("seek");
    typed = box && document.activeElement === box ? [box.value, box.selectionStart] : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const box = document.getElementById("seek");
    if (!typed || !box || document.activeElement === box) return;
    [box.value] = typed;
    box.focus();
    box.setSelectionRange(typed[1], typed[1]);
    typed = null;
  });
}
