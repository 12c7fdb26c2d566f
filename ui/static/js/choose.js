// Selects that can be searched (Tom Select), some of which fetch their options while one types.
function settings(select) {
  const several = "several" in select.dataset;
  const optional = select.getAttribute("aria-required") !== "true" && !select.closest(".lines");
  const set = {
    plugins: several ? { remove_button: { title: document.body.dataset.remove } } : optional ? { clear_button: { title: document.body.dataset.clear } } : {},
    maxOptions: 300,
    refreshThrottle: 0, // a late refresh would open the list again after a quick choice
    allowEmptyOption: false,
    dropdownParent: select.closest(".lines, .dropdown-menu") ? null : undefined,
    render: {
      option: (data, escape) => `<div>${escape(data.text)}${data.hint ? `<span class="hint">${escape(data.hint)}</span>` : ""}</div>`,
      no_results: () => null,
    },
    onInitialize() {
      this.control_input.setAttribute("aria-label", select.getAttribute("aria-label") || select.labels?.[0]?.textContent || "");
      if (select.classList.contains("is-invalid")) this.wrapper.classList.add("is-invalid");
    },
  };
  if (select.dataset.remote) {
    Object.assign(set, {
      valueField: "value",
      labelField: "text",
      searchField: [],
      sortField: [{ field: "$order" }],
      preload: "focus",
      loadThrottle: 200,
      shouldLoad: () => true,
      load(text, done) {
        fetch(`${select.dataset.remote}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } })
          .then((answer) => (answer.ok ? answer.json() : []))
          .then((found) => {
            const kept = new Set([].concat(this.getValue()));
            this.clearOptions((option) => kept.has(option.value));
            done(found);
          })
          .catch(() => done());
      },
      score: () => () => 1,
    });
  }
  if (set.dropdownParent === null) set.dropdownParent = "body";
  return set;
}

export function choose(root) {
  const selects = root.querySelectorAll ? root.querySelectorAll("select[data-choose]") : [];
  for (const select of selects) {
    if (select.tomselect) continue;
    const made = new window.TomSelect(select, settings(select));
    if (select.closest(".dropdown-menu")) made.dropdown.addEventListener("click", (event) => event.stopPropagation());
  }
}
