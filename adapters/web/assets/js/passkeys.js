// Passkeys: buttons with data-passkey, and suggestions in the field for the address at sign-in.
{
  const renewAfter = 4 * 60 * 1000; // a challenge lives for five minutes
  let pending; // a browser answers one request at a time

  const ask = async (ceremony, publicKey, options = {}) => {
    pending?.abort();
    const mine = pending = new AbortController();
    const parsed = ceremony === "create"
      ? PublicKeyCredential.parseCreationOptionsFromJSON(publicKey)
      : PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
    try {
      const credential = await navigator.credentials[ceremony]({ publicKey: parsed, signal: mine.signal, ...options });
      return JSON.stringify(credential.toJSON());
    } finally {
      if (pending === mine) pending = undefined;
    }
  };

  const optionsFor = async button => {
    if (button.dataset.publicKey) return { public_key: JSON.parse(button.dataset.publicKey) };
    const body = new URLSearchParams();
    for (const name of button.dataset.send.split(" ")) {
      const field = button.form.elements.namedItem(name);
      if (field) body.set(name, field.value);
    }
    const answer = await fetch(button.dataset.options, { method: "POST", body });
    const json = await answer.json();
    if (!answer.ok) throw new Error(json.message);
    return json;
  };

  const send = (button, credential, options) => {
    button.form.elements.namedItem(button.dataset.field).value = credential;
    if (options.challenge_token) button.form.elements.namedItem("challenge_token").value = options.challenge_token;
    button.form.noValidate = true;
    button.form.requestSubmit();
  };

  const use = async button => {
    const said = button.parentElement.querySelector("[data-passkey-error]");
    said.textContent = "";
    button.disabled = true;
    try {
      const options = await optionsFor(button);
      send(button, await ask(button.dataset.passkey, options.public_key), options);
    } catch (error) {
      // What the browser reports is a DOMException in English, and no help.
      if (error.name !== "AbortError") said.textContent = error.name === "Error" ? error.message : button.dataset.failed;
      button.disabled = false;
      if (button.dataset.conditional !== undefined) suggest(button);
      return;
    }
    button.disabled = false;
  };

  const suggest = async button => {
    if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
    for (let again = true; again;) {
      again = false;
      let renewal;
      try {
        const options = await optionsFor(button);
        if (button.disabled) return; // the person has clicked meanwhile
        const asked = ask("get", options.public_key, { mediation: "conditional" });
        const mine = pending;
        renewal = setTimeout(() => { again = true; mine.abort(); }, renewAfter);
        send(button, await asked, options);
      } catch { /* the person signs in another way, or the challenge is renewed */ }
      clearTimeout(renewal);
    }
  };

  if (globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    for (const button of document.querySelectorAll("button[data-passkey]")) {
      button.hidden = false;
      button.addEventListener("click", () => use(button));
      if (button.dataset.conditional !== undefined) suggest(button);
    }
  } else {
    for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = false;
  }
}
