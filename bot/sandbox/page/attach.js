// Ways for files into the tray: the attach button, drag-and-drop, the clipboard.

import { byId } from "./dom.js";

/** What the picture chooser offers; HEIC by name, as not every system knows its type. */
const PICTURES = "image/*,.heic,.heif";

/** Connect all of them to `take(files, kind)`, and `note(sentence)` for what cannot be taken. */
export function connectAttachments({ take, note }) {
  connectMenu(take);
  connectDrop(take, note);
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Office programs add a picture of the text they copy: there the text is meant.
    if (files.length === 0 || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    take(files, "photo");
  });
}

function connectMenu(take) {
  const [button, menu, input] = ["attach", "attach-menu", "file-input"].map(byId);
  const items = [...menu.querySelectorAll("button")];
  const setOpen = (open) => {
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) items[0].focus();
  };
  button.addEventListener("click", () => setOpen(menu.hidden));
  for (const item of items) {
    item.addEventListener("click", () => {
      setOpen(false);
      button.focus();
      chooseFiles(item.dataset.kind);
    });
  }
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    if (event.key === "Escape" || event.key === "Tab") setOpen(false);
    if (event.key === "Escape") button.focus();
    if (step || event.key === "Escape") event.preventDefault();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#attach, #attach-menu")) setOpen(false);
  });
  input.addEventListener("change", () => {
    take([...input.files], input.dataset.kind ?? "photo");
    // Otherwise choosing the same file again would be no change.
    input.value = "";
  });
}

/** Open the system's file chooser for files to be sent as `kind`. */
export function chooseFiles(kind) {
  const input = byId("file-input");
  input.dataset.kind = kind;
  input.accept = kind === "photo" ? PICTURES : "";
  input.click();
}

function connectDrop(take, note) {
  const [chat, drop] = [byId("chat"), byId("drop")];
  let depth = 0; // dragenter and dragleave also come from everything inside
  const hide = () => {
    depth = 0;
    drop.hidden = true;
  };
  const withFiles = (listener) => (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    listener(event);
  };
  const mark = (event) => {
    for (const zone of drop.children) zone.classList.toggle("over", zone.contains(event?.target));
  };
  document.addEventListener(
    "dragenter",
    withFiles((event) => {
      depth += 1;
      // The phone's list of chats has no message box to drop into.
      drop.hidden = chat.offsetParent === null;
      mark(event);
    }),
  );
  document.addEventListener(
    "dragleave",
    withFiles(() => {
      depth -= 1;
      if (depth <= 0) hide();
    }),
  );
  document.addEventListener(
    "dragover",
    withFiles((event) => {
      event.dataTransfer.dropEffect = "copy";
    }),
  );
  document.addEventListener(
    "drop",
    withFiles((event) => {
      hide();
      const files = droppedFiles(event.dataTransfer);
      note(files.length < event.dataTransfer.files.length ? "Folders cannot be sent, only files." : "");
      if (files.length > 0) take(files, event.target.closest?.(".drop-zone")?.dataset.kind ?? "photo");
    }),
  );
}

/** The files of a drop without the folders, which look like files but cannot be read. */
function droppedFiles(transfer) {
  const folders = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry?.()?.isDirectory ?? false);
  return [...transfer.files].filter((_, index) => !folders[index]);
}
