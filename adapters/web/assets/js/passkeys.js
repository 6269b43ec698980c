// Passkeys: buttons with data-passkey, and suggestions in the field for the address at sign-in.
{
  let pending; // a browser answers one request at a time

  const ask = async (ceremony, publicKey, options = {}) => {
    pending?.abort();
    pending = new AbortController();
    const parsed = ceremony === "create"
      ? PublicKeyCredential.parseCreationOptionsFromJSON(publicKey)
      : PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
    const credential = await navigator.credentials[ceremony]({ publicKey: parsed, signal: pending.signal, ...options });
    return JSON.stringify(credential.toJSON());
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

  const use = async button => {
    const said = button.parentElement.querySelector("[data-passkey-error]");
    said.textContent = "";
    button.disabled = true;
    let options;
    try {
      options = await optionsFor(button);
    } catch (error) {
      said.textContent = error.message;
      button.disabled = false;
      return;
    }
    try {
      button.form.elements.namedItem(button.dataset.field).value = await ask(button.dataset.passkey, options.public_key);
      if (options.challenge_token) button.form.elements.namedItem("challenge_token").value = options.challenge_token;
      button.form.noValidate = true;
      button.form.requestSubmit();
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = button.dataset.failed;
    }
    button.disabled = false;
  };

  if (globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    for (const button of document.querySelectorAll("button[data-passkey]")) {
      button.hidden = false;
      button.addEventListener("click", () => use(button));
      if (button.dataset.conditional !== undefined && await PublicKeyCredential.isConditionalMediationAvailable?.()) suggest(button);
    }
  }

  async function suggest(button) {
    try {
      const options = await optionsFor(button);
      const credential = await ask("get", options.public_key, { mediation: "conditional" });
      button.form.elements.namedItem(button.dataset.field).value = credential;
      button.form.elements.namedItem("challenge_token").value = options.challenge_token;
      button.form.noValidate = true;
      button.form.requestSubmit();
    } catch { /* the person signs in another way */ }
  }
}
