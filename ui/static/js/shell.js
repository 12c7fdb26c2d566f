// The frame: showing and hiding the menu, searching in it, remembering what is open; light and dark.
const OPEN = "sartor.menu.";

function remember() {
  for (const part of document.querySelectorAll("details[data-menu]")) {
    const kept = localStorage.getItem(OPEN + part.dataset.menu);
    if (kept && !("current" in part.dataset)) part.open = kept === "open";
    part.addEventListener("toggle", () => {
      if (!document.getElementById("menu-search").value) localStorage.setItem(OPEN + part.dataset.menu, part.open ? "open" : "closed");
    });
  }
  const here = document.querySelector("#menu a[aria-current]");
  if (here) here.scrollIntoView({ block: "nearest" });
}

function search() {
  const box = document.getElementById("menu-search");
  if (!box) return;
  const opened = new Map();
  box.addEventListener("input", () => {
    const words = box.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const link of document.querySelectorAll("#menu a")) {
      const path = [link.textContent];
      for (let group = link.closest("details"); group; group = group.parentElement.closest("details")) path.push(group.querySelector("summary").textContent);
      const fits = words.every((word) => path.join(" ").toLowerCase().includes(word));
      link.parentElement.hidden = !fits;
      found += fits;
    }
    for (const group of document.querySelectorAll("#menu details")) {
      if (!opened.has(group)) opened.set(group, group.open);
      const some = [...group.querySelectorAll("a")].some((link) => !link.parentElement.hidden);
      group.hidden = !some;
      group.open = words.length ? some : opened.get(group);
      const item = group.parentElement.closest("li");
      if (item && item.contains(group)) item.hidden = !some;
    }
    if (!words.length) opened.clear();
    document.getElementById("menu-none").hidden = found > 0;
  });
  box.addEventListener("keydown", (event) => {
    const links = [...document.querySelectorAll("#menu a")].filter((link) => link.offsetParent);
    if (event.key === "Enter" && box.value && links.length) links[0].click();
    if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[0].focus(); }
    if (event.key === "Escape") { box.value = ""; box.dispatchEvent(new Event("input")); box.blur(); }
  });
  document.getElementById("menu").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [...document.querySelectorAll("#menu a, #menu summary")].filter((stop) => stop.offsetParent);
    const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    event.preventDefault();
    (next || box).focus();
  });
}

function side() {
  const root = document.documentElement;
  const small = matchMedia("(max-width: 991px)");
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-side-toggle]")) {
      if (small.matches) {
        document.body.classList.toggle("side-on");
      } else {
        root.classList.toggle("side-off");
        localStorage.setItem("sartor.side", root.classList.contains("side-off") ? "off" : "on");
      }
    } else if (event.target.closest("[data-side-close]")) document.body.classList.remove("side-on");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.body.classList.remove("side-on");
  });
}

function theme() {
  const form = document.querySelector("[data-theme-form]");
  if (!form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = event.submitter.value;
    document.documentElement.dataset.theme = chosen;
    document.dispatchEvent(new Event("sartor:theme"));
    for (const button of form.querySelectorAll("[name=theme]")) button.setAttribute("aria-current", String(button.value === chosen));
    const body = new FormData(form);
    body.set("theme", chosen);
    fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  });
}

export function shell() {
  if (document.getElementById("menu")) remember();
  search();
  side();
  theme();
}
