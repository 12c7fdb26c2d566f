// Uploads: by choosing or dropping, one request a file, with progress; the form keeps the ids that come back.
import { say } from "./toasts.js";

function changed(box) {
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function item(box, name) {
  const row = document.createElement("div");
  row.className = "upload-item";
  const label = document.createElement("span");
  label.textContent = name;
  const progress = document.createElement("progress");
  progress.max = 1;
  progress.value = 0;
  row.append(label, progress);
  box.querySelector(".upload-list").append(row);
  return row;
}

function keep(box, row, kept) {
  row.replaceChildren();
  const id = document.createElement("input");
  Object.assign(id, { type: "hidden", name: box.dataset.name, value: kept.id });
  const label = document.createElement("span");
  label.textContent = `${kept.name} · ${kept.size_text}`;
  const gone = document.createElement("button");
  Object.assign(gone, { type: "button", className: "btn btn-quiet btn-small", textContent: box.dataset.remove });
  gone.dataset.drop = "";
  row.append(id);
  if (kept.shown && row.file) {
    const picture = document.createElement("img");
    Object.assign(picture, { className: "thumb", alt: "", src: URL.createObjectURL(row.file) });
    row.append(picture);
  }
  row.append(label, gone);
  changed(box);
}

export function send(address, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress?.(event.loaded / event.total));
    request.addEventListener("load", () => (request.status < 300 ? resolve(request.response) : reject(request.response?.message)));
    request.addEventListener("error", () => reject());
    const body = new FormData();
    body.append("file", file, file.name);
    request.send(body);
  });
}

function take(box, chosen) {
  const list = [...chosen].slice(0, "several" in box.dataset ? 50 : 1);
  for (const file of list) {
    if (file.size > Number(box.dataset.most)) {
      say(box.dataset.tooLarge.replace("{name}", file.name).replace("{size}", box.dataset.size));
      continue;
    }
    const row = item(box, file.name);
    row.file = file;
    send(box.dataset.upload, file, (done) => { row.querySelector("progress").value = done; })
      .then((kept) => keep(box, row, kept))
      .catch((message) => { row.remove(); say(message || box.dataset.stopped); });
  }
}

export function files() {
  document.addEventListener("change", (event) => {
    const box = event.target.matches("input[type=file]") && event.target.closest("[data-upload]");
    if (!box) return;
    take(box, event.target.files);
    event.target.value = "";
  });
  document.addEventListener("click", (event) => {
    const gone = event.target.closest("[data-drop]");
    if (!gone) return;
    const box = gone.closest("[data-upload]");
    gone.closest(".upload-item").remove();
    changed(box);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const box = event.target.closest?.("[data-upload]");
      if (!box || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      box.classList.toggle("over", kind === "dragover");
      if (kind === "drop") take(box, event.dataTransfer.files);
    });
  }
}
