// Runs before the first paint: picks the colours that the person chose, or those of their system.
(function () {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    const chosen = root.dataset.theme || "auto";
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  }
  dark.addEventListener("change", apply);
  document.addEventListener("sartor:theme", apply);
  apply();
  if (window.localStorage.getItem("sartor.side") === "off") root.classList.add("side-off");
})();
