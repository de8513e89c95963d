// Ways to add files to the tray: the attach button, drag-and-drop, the clipboard.

import { byId } from "./dom.js";

/** What the choosers offer; some by file name, as not every system knows their types. */
const ACCEPTED = {
  photo: "image/*,video/*,.heic,.heif",
  document: "",
  sticker: ".webp,.webm,.tgs",
  video_note: "video/*",
};

/** Call `addFiles(files, kind)` with added files, and `note(sentence)` if some cannot be added. */
export function connectAttachments({ addFiles, note }) {
  connectMenu(addFiles);
  connectDrop(addFiles, note);
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Office programs add a picture of the copied text; the user means the text.
    if (files.length === 0 || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    addFiles(files, "photo");
  });
}

function connectMenu(addFiles) {
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
    addFiles([...input.files], input.dataset.kind ?? "photo");
    // Otherwise choosing the same file again would not fire a change event.
    input.value = "";
  });
}

/** Open the system's file chooser for files to be sent as `kind`. */
export function chooseFiles(kind) {
  const input = byId("file-input");
  input.dataset.kind = kind;
  input.accept = ACCEPTED[kind];
  input.click();
}

function connectDrop(addFiles, note) {
  const [chat, drop] = [byId("chat"), byId("drop")];
  let depth = 0; // dragenter and dragleave are also fired by nested elements
  const hide = () => {
    depth = 0;
    drop.hidden = true;
  };
  const withFiles = (listener) => (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    listener(event);
  };
  const highlight = (event) => {
    for (const zone of drop.children) zone.classList.toggle("over", zone.contains(event?.target));
  };
  document.addEventListener(
    "dragenter",
    withFiles((event) => {
      depth += 1;
      // On a phone, the list of chats has no message box to drop files into.
      drop.hidden = chat.offsetParent === null;
      highlight(event);
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
      if (files.length > 0) addFiles(files, event.target.closest?.(".drop-zone")?.dataset.kind ?? "photo");
    }),
  );
}

/** The dropped files without folders, which look like files but cannot be read. */
function droppedFiles(transfer) {
  const folders = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry?.()?.isDirectory ?? false);
  return [...transfer.files].filter((_, index) => !folders[index]);
}
