// Keys for what the page offers anyway: each one presses something that is there to be clicked.
const PRESSED = { n: "#new", e: "#edit", j: "#next", k: "#previous" };

function typing(target) {
  return target.isContentEditable || target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, .ts-wrapper");
}

export function keys() {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      const save = document.querySelector("[data-save]");
      if (save) { event.preventDefault(); document.activeElement.blur(); save.click(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "/" || event.key === "s") {
      const box = document.getElementById(event.key === "/" ? "menu-search" : "seek");
      if (!box) return;
      event.preventDefault();
      if (event.key === "/" && matchMedia("(max-width: 991px)").matches) document.body.classList.add("side-on");
      document.documentElement.classList.remove("side-off");
      box.focus();
      box.select();
    } else if (event.key === "?") {
      document.getElementById("help").showModal();
    } else if (PRESSED[event.key]) {
      const target = document.querySelector(PRESSED[event.key]);
      if (target) { event.preventDefault(); target.click(); }
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) document.getElementById("help").showModal();
  });
}
