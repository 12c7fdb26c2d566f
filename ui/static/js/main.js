// Starts what each topic's module does: once for the page, and again for each part that htmx brings.
import { confirmations } from "./confirm.js";
import { choose } from "./choose.js";
import { files } from "./files.js";
import { formGuard } from "./form.js";
import { grids } from "./grid.js";
import { keys } from "./keys.js";
import { lists } from "./list.js";
import { rich } from "./rich.js";
import { saved } from "./saved.js";
import { selection } from "./selection.js";
import { shell } from "./shell.js";
import { signatures } from "./signature.js";
import { small } from "./small.js";
import { toasts } from "./toasts.js";

document.addEventListener("alpine:init", () => selection(window.Alpine));

const once = [shell, keys, confirmations, saved, toasts, formGuard, grids, files, small, lists];
const everywhere = [choose, signatures, rich];

for (const start of once) start();
for (const start of everywhere) start(document);
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) for (const start of everywhere) start(event.target);
});
document.documentElement.dataset.ready = "yes";
