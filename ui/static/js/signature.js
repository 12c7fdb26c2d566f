// Signing on a canvas; the picture is uploaded when the pen rests.
import { send } from "./files.js";
import { say } from "./toasts.js";

function start(box) {
  const canvas = box.querySelector("canvas");
  const pen = canvas.getContext("2d");
  let drawing = false;
  let resting = null;
  const clear = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    Object.assign(pen, { lineWidth: 2.5, lineCap: "round", lineJoin: "round", strokeStyle: "#1b1f24" });
  };
  const at = (event) => {
    const place = canvas.getBoundingClientRect();
    return [((event.clientX - place.left) * canvas.width) / place.width, ((event.clientY - place.top) * canvas.height) / place.height];
  };
  const forget = () => box.querySelectorAll("input[type=hidden], img").forEach((one) => one.remove());
  const keep = () => canvas.toBlob((blob) => {
    send(box.dataset.sign, new File([blob], "signature.png", { type: "image/png" }))
      .then((kept) => {
        forget();
        const id = document.createElement("input");
        Object.assign(id, { type: "hidden", name: box.dataset.name, value: kept.id });
        box.append(id);
        box.dispatchEvent(new Event("change", { bubbles: true }));
      })
      .catch((message) => say(message || document.body.dataset.failed));
  }, "image/png");
  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    clearTimeout(resting);
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  canvas.addEventListener("pointerup", () => {
    drawing = false;
    resting = setTimeout(keep, 600);
  });
  box.querySelector("[data-clear]").addEventListener("click", () => {
    forget();
    canvas.hidden = false;
    clear();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  clear();
}

export function signatures(root) {
  for (const box of root.querySelectorAll?.("[data-sign]") || []) {
    if (box.dataset.started) continue;
    box.dataset.started = "yes";
    start(box);
  }
}
