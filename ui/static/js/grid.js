// Grids of rows: adding, removing, moving by mouse (Sortable) and by keyboard, going on with Enter.
import { choose } from "./choose.js";

let made = 0;

function body(grid) {
  return grid.querySelector("tbody");
}

function changed(grid) {
  const empty = grid.querySelector(".lines-empty");
  if (empty) empty.hidden = body(grid).children.length > 0;
  grid.dispatchEvent(new Event("change", { bubbles: true }));
}

export function addRow(grid, focus = true) {
  const blank = grid.querySelector("template[data-blank]");
  made += 1;
  const key = `n${Date.now().toString(36)}${made}`;
  const holder = document.createElement("template");
  holder.innerHTML = blank.innerHTML.replaceAll("__key__", key);
  const row = holder.content.querySelector("tr");
  body(grid).append(row);
  choose(row);
  if (focus) first(row);
  changed(grid);
  return row;
}

function first(row) {
  const select = row.querySelector("select");
  const input = row.querySelector("input:not([type=hidden]), textarea, select");
  if (select && select.tomselect && input && select.closest("td").contains(input)) select.tomselect.focus();
  else if (input) input.focus();
}

function remove(row) {
  const grid = row.closest("[data-grid]");
  const next = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  if (next) first(next);
  else grid.querySelector("[data-add-row]").focus();
  changed(grid);
}

function cells(row) {
  return [...row.children];
}

function keyed(event) {
  const row = event.target.closest("[data-row]");
  if (!row) return;
  const grid = row.closest("[data-grid]");
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    const other = event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    event.preventDefault();
    if (event.key === "ArrowUp") other.before(row);
    else other.after(row);
    event.target.focus();
    changed(grid);
  } else if (event.key === "Enter" && !event.target.closest(".ts-wrapper.dropdown-active, textarea, button")) {
    event.preventDefault();
    const place = cells(row).indexOf(event.target.closest("td"));
    const inputs = [...row.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((one) => one.offsetParent && !one.disabled);
    const own = inputs.indexOf(event.target);
    const following = inputs.slice(own + 1).find((one) => cells(row).indexOf(one.closest("td")) > place);
    if (following) following.focus();
    else if (row.nextElementSibling) first(row.nextElementSibling);
    else addRow(grid);
  }
}

export function grids() {
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    if (add) addRow(add.closest("[data-grid]"));
    const gone = event.target.closest("[data-remove-row]");
    if (gone) remove(gone.closest("[data-row]"));
  });
  document.addEventListener("keydown", keyed);
  for (const grid of document.querySelectorAll("[data-grid]")) {
    if (!grid.querySelector("template")) continue;
    window.Sortable.create(body(grid), { handle: "[data-grip]", animation: 120, onEnd: () => changed(grid) });
  }
}
