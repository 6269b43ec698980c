package http

import "github.com/gofiber/fiber/v2"

// confirmPage is where the link that confirms a new address leads. It has a button, because
// programs that look through mail open links on their own.
const confirmPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Confirm your new address</title>
<link rel="stylesheet" href="/confirm-email/page.css">
</head>
<body>
<main>
<h1>Confirm your new address</h1>
<form id="form">
<p>From then on you sign in with this address, and letters about your account come here.</p>
<button type="submit">Confirm</button>
</form>
<p id="said" role="status"></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
<script src="/confirm-email/page.js"></script>
</body>
</html>
`

const confirmScript = `"use strict";
const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
history.replaceState(null, "", location.pathname);
const form = document.getElementById("form"), said = document.getElementById("said");
const say = text => { said.textContent = text; };
if (!token) { form.hidden = true; say("This address is incomplete: open the link in the letter as it stands."); }
form.addEventListener("submit", async event => {
  event.preventDefault();
  form.querySelector("button").disabled = true;
  try {
    const answer = await fetch("/api/v1/auth/email/confirm", {
      method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({token})
    });
    if (answer.ok) { form.hidden = true; say("Done: your address is changed."); return; }
    say((await answer.json()).detail);
  } catch { say("The service did not answer: try again in a moment."); }
  form.querySelector("button").disabled = false;
});
`

func (s *Server) confirmRoutes() {
	s.get("/confirm-email", func(c *fiber.Ctx) error {
		c.Set("Content-Security-Policy", linkPolicy)
		return send(c, "text/html; charset=utf-8", []byte(confirmPage))
	})
	s.get("/confirm-email/page.js", func(c *fiber.Ctx) error { return send(c, "text/javascript; charset=utf-8", []byte(confirmScript)) })
	s.get("/confirm-email/page.css", func(c *fiber.Ctx) error { return send(c, "text/css; charset=utf-8", []byte(linkStyle)) })
}
