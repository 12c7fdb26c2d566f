// Formatted text: Quill over a textarea, which stays the one that is sent, and stays as it is until somebody types.
const TOOLS = [[{ header: [2, 3, 4, false] }], ["bold", "italic", "underline", "strike"], [{ list: "ordered" }, { list: "bullet" }], ["link", "blockquote", "code-block"], ["clean"]];
const FORMATS = ["header", "bold", "italic", "underline", "strike", "list", "link", "blockquote", "code-block"];

function start(box) {
  const text = box.querySelector("textarea");
  if (/<table/i.test(text.value)) return; // Quill would drop the table: such a text is edited as it is
  const place = document.createElement("div");
  box.append(place);
  const quill = new window.Quill(place, { theme: "snow", modules: { toolbar: TOOLS }, formats: FORMATS });
  quill.clipboard.dangerouslyPasteHTML(text.value, "silent");
  quill.root.setAttribute("aria-label", box.dataset.label);
  text.classList.add("done");
  quill.on("text-change", (_change, _before, source) => {
    if (source !== "user") return;
    text.value = quill.getText().trim() ? quill.getSemanticHTML().replaceAll("&nbsp;", " ") : "";
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  text.focus = () => quill.focus();
}

export function rich(root) {
  if (!window.Quill) return;
  for (const box of root.querySelectorAll?.("[data-rich]") || []) {
    if (box.dataset.started) continue;
    box.dataset.started = "yes";
    start(box);
  }
}
