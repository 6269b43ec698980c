// How strong a new password is, while it is typed.
for (const shown of document.querySelectorAll("[data-strength]")) {
  const field = document.getElementById(shown.dataset.strengthOf);
  const meter = shown.querySelector("meter"), said = shown.querySelector("[role=status]");
  let waiting, asked;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(rate, 500);
  });
  const rate = async () => {
    asked?.abort();
    asked = new AbortController();
    if (!field.value) { shown.hidden = true; return; }
    const body = new URLSearchParams({ password: field.value });
    for (const name of ["org", "email"]) {
      const carried = field.form.elements.namedItem(name);
      if (carried) body.set(name, carried.value);
    }
    try {
      const answer = await fetch(shown.dataset.strength, { method: "POST", body, signal: asked.signal });
      shown.hidden = !answer.ok;
      if (!answer.ok) return;
      const rated = await answer.json();
      meter.value = rated.score;
      said.textContent = [rated.text, ...rated.faults].join(" ");
    } catch { /* the server rates the password when it is sent */ }
  };
}
