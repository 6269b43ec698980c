// The token of a link that follows a # in the address. A server never sees it, so that the script puts it into the form.
for (const form of document.querySelectorAll("form[data-token-form]")) {
  const take = () => {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    history.replaceState(null, "", location.pathname + location.search);
    form.elements.namedItem("token").value = token ?? "";
    form.hidden = !token;
    document.querySelector("[data-no-token]").hidden = Boolean(token);
  };
  take();
  addEventListener("hashchange", () => { if (location.hash) take(); });
}
