package http

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/application/mail"
)

// linkPage is a page that a link in an email opens, in a deployment without Pages. The token follows a # in the link, so
// that only the script reads it, or a ? in the link of an email that was sent while there were Pages. The script removes
// it from the browser's history.
type linkPage struct {
	path, title string
	form        string // the contents of the form
	script      string // handles the form, after linkScript
}

// EmailLinks returns the links to these pages at the URL of the service. The token follows the #, so
// that no server on the way logs it.
func EmailLinks(publicURL string) mail.Links {
	link := func(page linkPage) string { return publicURL + page.path + "#token=" }
	return mail.Links{ResetPassword: link(resetPage), AcceptInvitation: link(invitationPage), ConfirmEmail: link(confirmPage)}
}

// resetPage asks for a new password.
var resetPage = linkPage{
	path: "/reset-password", title: "Set a new password",
	form: `<label for="password">New password</label>
<input id="password" type="password" autocomplete="new-password" required maxlength="1024">
<label for="again">Repeat the password</label>
<input id="again" type="password" autocomplete="new-password" required maxlength="1024">
<button type="submit">Set password</button>`,
	script: `form.addEventListener("submit", event => {
  event.preventDefault();
  const password = document.getElementById("password").value;
  if (password !== document.getElementById("again").value) { say("The two passwords differ."); return; }
  send("/api/v1/auth/password/reset", {token, new_password: password}, "Your password is changed. Sign in with the new one.");
});
`,
}

// invitationPage asks for the first password.
var invitationPage = linkPage{
	path: "/accept-invitation", title: "Choose your password", form: resetPage.form, script: resetPage.script,
}

// confirmPage confirms a new email address. It has a button, because mail scanners open links.
var confirmPage = linkPage{
	path: "/confirm-email", title: "Confirm your new address",
	form: `<p>After you confirm, you sign in with this address, and emails about your account are sent to it.</p>
<button type="submit">Confirm</button>`,
	script: `form.addEventListener("submit", event => {
  event.preventDefault();
  send("/api/v1/auth/email/confirm", {token}, "Your address is changed.");
});
`,
}

const linkHTML = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{path}/page.css">
</head>
<body>
<main>
<h1>{title}</h1>
<form id="form">
{form}
</form>
<p id="said" role="status"></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
<script src="{path}/page.js"></script>
</body>
</html>
`

const linkScript = `"use strict";
const token = new URLSearchParams(location.hash.slice(1)).get("token") || new URLSearchParams(location.search).get("token") || "";
history.replaceState(null, "", location.pathname);
const form = document.getElementById("form"), said = document.getElementById("said");
const say = text => { said.textContent = text; };
if (!token) { form.hidden = true; say("This link is incomplete. Open the whole link from the email."); }
async function send(path, body, done) {
  form.querySelector("button").disabled = true;
  try {
    const answer = await fetch(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
    if (answer.ok) { form.hidden = true; say(done); return; }
    const problem = await answer.json();
    say([problem.detail].concat((problem.errors || []).map(e => e.message)).join(" "));
  } catch { say("The service did not answer. Try again in a moment."); }
  form.querySelector("button").disabled = false;
}
`

const linkStyle = `body{font-family:system-ui,sans-serif;line-height:1.5;margin:0;background:#f6f7f9;color:#1b1f24}
main{max-width:24rem;margin:4rem auto;padding:2rem;background:#fff;border:1px solid #d8dde3;border-radius:.5rem}
h1{font-size:1.25rem;margin:0 0 1rem}
label{display:block;margin:.75rem 0 .25rem}
input{width:100%;box-sizing:border-box;padding:.5rem;font:inherit;border:1px solid #8a949e;border-radius:.25rem}
button{margin-top:1.25rem;padding:.5rem 1rem;font:inherit;color:#fff;background:#1f5fbf;border:0;border-radius:.25rem}
button:disabled{background:#8a949e}
`

const linkPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// linkRoutes mounts the pages of links, and leads / to the documentation. They replace Pages.
func (s *Server) linkRoutes() {
	s.get("/", func(c *fiber.Ctx) error { return c.Redirect("/docs", fiber.StatusFound) })
	for _, page := range []linkPage{resetPage, invitationPage, confirmPage} {
		html := strings.NewReplacer("{title}", page.title, "{path}", page.path, "{form}", page.form).Replace(linkHTML)
		s.get(page.path, func(c *fiber.Ctx) error {
			c.Set("Content-Security-Policy", linkPolicy)
			return send(c, "text/html; charset=utf-8", []byte(html))
		})
		s.get(page.path+"/page.js", func(c *fiber.Ctx) error {
			return send(c, "text/javascript; charset=utf-8", []byte(linkScript+page.script))
		})
		s.get(page.path+"/page.css", func(c *fiber.Ctx) error { return send(c, "text/css; charset=utf-8", []byte(linkStyle)) })
	}
}
