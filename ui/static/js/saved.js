// Going back after a save must not lead to the form again, where saving would make the same record twice.
// Each form that is shown has a key in the browser's history; once what was sent is saved, its place is passed over.
const SENT = "sartor.sent";
const DONE = "sartor.done";
const MOST = 50;

const read = (name) => JSON.parse(sessionStorage.getItem(name) || "[]");
const write = (name, keys) => sessionStorage.setItem(name, JSON.stringify(keys.slice(-MOST)));

function passOver() {
  const key = history.state?.form;
  if (key && read(DONE).includes(key)) history.back();
}

export function saved() {
  try {
    if (document.querySelector(".toasty.success")) write(DONE, [...read(DONE), ...read(SENT)]);
    const form = document.getElementById("record-form");
    if (!form || !("faulty" in form.dataset)) write(SENT, []);
    if (!form) return;
    passOver();
    window.addEventListener("pageshow", (event) => event.persisted && passOver());
    if (!history.state?.form) history.replaceState({ ...history.state, form: crypto.getRandomValues(new Uint32Array(2)).join("-") }, "");
    form.addEventListener("submit", (event) => {
      if (!event.defaultPrevented) write(SENT, [...read(SENT), history.state.form]);
    });
  } catch {
    // without storage, back leads to the form, as in any browser
  }
}
