package http

import "github.com/gofiber/fiber/v2"

// resetPage is where a link in a letter leads: a form for a new password. The token stands
// behind the # of the address, so only the script sees it, and takes it out of the history.
const resetPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Set a new password</title>
<link rel="stylesheet" href="/reset-password/page.css">
</head>
<body>
<main>
<h1>Set a new password</h1>
<form id="form">
<label for="password">New password</label>
<input id="password" type="password" autocomplete="new-password" required maxlength="1024">
<label for="again">Once more</label>
<input id="again" type="password" autocomplete="new-password" required maxlength="1024">
<button type="submit">Set password</button>
</form>
<p id="said" role="status"></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
<script src="/reset-password/page.js"></script>
</body>
</html>
`

const resetScript = `"use strict";
const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
history.replaceState(null, "", location.pathname);
const form = document.getElementById("form"), said = document.getElementById("said");
const say = text => { said.textContent = text; };
if (!token) { form.hidden = true; say("This address is incomplete: open the link in the letter as it stands."); }
form.addEventListener("submit", async event => {
  event.preventDefault();
  const password = document.getElementById("password").value;
  if (password !== document.getElementById("again").value) { say("The two passwords differ."); return; }
  form.querySelector("button").disabled = true;
  try {
    const answer = await fetch("/api/v1/auth/password/reset", {
      method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({token, new_password: password})
    });
    if (answer.ok) { form.hidden = true; say("Done: sign in with the new password."); return; }
    const problem = await answer.json();
    say([problem.detail].concat((problem.errors || []).map(e => e.message)).join(" "));
  } catch { say("The service did not answer: try again in a moment."); }
  form.querySelector("button").disabled = false;
});
`

const linkStyle = `body{font-family:system-ui,sans-serif;line-height:1.5;margin:0;background:#f6f7f9;color:#1b1f24}
main{max-width:24rem;margin:4rem auto;padding:2rem;background:#fff;border:1px solid #d8dde3;border-radius:.5rem}
h1{font-size:1.25rem;margin:0 0 1rem}
label{display:block;margin:.75rem 0 .25rem}
input{width:100%;box-sizing:border-box;padding:.5rem;font:inherit;border:1px solid #8a949e;border-radius:.25rem}
button{margin-top:1.25rem;padding:.5rem 1rem;font:inherit;color:#fff;background:#1f5fbf;border:0;border-radius:.25rem}
button:disabled{background:#8a949e}
`

const linkPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *Server) resetRoutes() {
	s.get("/reset-password", func(c *fiber.Ctx) error {
		c.Set("Content-Security-Policy", linkPolicy)
		return send(c, "text/html; charset=utf-8", []byte(resetPage))
	})
	s.get("/reset-password/page.js", func(c *fiber.Ctx) error { return send(c, "text/javascript; charset=utf-8", []byte(resetScript)) })
	s.get("/reset-password/page.css", func(c *fiber.Ctx) error { return send(c, "text/css; charset=utf-8", []byte(linkStyle)) })
}
