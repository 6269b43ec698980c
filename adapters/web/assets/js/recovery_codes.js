// Recovery codes, which are shown once: copied, downloaded, printed, and not left by mistake.
for (const codes of document.querySelectorAll("[data-codes]")) {
  const actions = document.querySelector("[data-codes-actions]");
  const text = codes.textContent.trim().split("\n").map(line => line.trim()).join("\n") + "\n";
  actions.hidden = false;
  const said = actions.querySelector("[data-codes-copied]");
  const copy = actions.querySelector("[data-copy-codes]");
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = said.dataset.codesCopied;
    } catch {
      getSelection().selectAllChildren(codes); // the person copies it by the keyboard
    }
  });
  actions.querySelector("[data-download-codes]").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = codes.dataset.codes + ".txt";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  actions.querySelector("[data-print-codes]").addEventListener("click", () => print());

  const ask = event => event.preventDefault();
  addEventListener("beforeunload", ask);
  addEventListener("submit", () => removeEventListener("beforeunload", ask));
}
