// A form with data-once is sent once, however often its button is clicked.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", event => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
}

// A page that the browser shows again from its memory, as after "back", is loaded anew: the session may have ended.
addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
