package cli

// firstRun is printed before the greeting while nobody has signed in.
const firstRun = `
Open this in a browser to become the owner of this service. It works once, within 24 hours:

  {first}
`

// signInLine is a line of the greeting.
const signInLine = "  Sign in             {url}/sign-in\n"

const greeting = `
SOLE is running at {url}   ({kept} {data}; stop with Ctrl-C)

{sign in}  API documentation   {url}/docs
  First owner         {email}
  Password            {password}
`

// askPassword reads a password without showing it, in bash and zsh.
const askPassword = `printf 'Password: '; read -rs PASSWORD; echo`

// firstSignIn and laterSignIn are each one shell function and its call. A shell reads a whole
// function before it runs it, so no pasted line becomes the answer to a prompt. They contain no
// comments and no bare patterns, which zsh would try to execute.
const firstSignIn = `
Try it: paste all of this into another terminal (bash or zsh).

first_sign_in() {
  URL={url}/api/v1 EMAIL='{email}'
  PASSWORD='{password}'
  post() { curl -s "$URL$1" -H 'Content-Type: application/json'{org} -d "$2"; }
  field() { grep -o "\"$1\":\"[^\"]*" | cut -d'"' -f4; }

  echo '1. Sign in. Owners must have a second factor, so a challenge comes back.'
  RESULT=$(post /auth/login "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\"}")
  CHALLENGE=$(printf '%s' "$RESULT" | field token)
  [ -n "$CHALLENGE" ] || { echo "$RESULT"; return 1; }

  echo '2. Enrol an authenticator: scan this with an app, or type the secret into the app.'
  ENROLMENT=$(post /auth/login/mfa/enroll "{\"challenge_token\":\"$CHALLENGE\"}")
  [ -n "$(printf '%s' "$ENROLMENT" | field secret)" ] || { echo "$ENROLMENT"; return 1; }
  printf '%s' "$ENROLMENT" | '{sole}' qr
  SECRET=$(printf '%s' "$ENROLMENT" | field secret)
  echo "secret $SECRET"

  echo '3. Confirm with the six digits that the app shows. Keep the recovery codes.'
  printf 'Six digits: '; read -r CODE
  RESULT=$(post /auth/login/mfa/enroll/confirm "{\"challenge_token\":\"$CHALLENGE\",\"code\":\"$CODE\"}")
  echo "$RESULT"
  TOKEN=$(printf '%s' "$RESULT" | field access_token)
  [ -n "$TOKEN" ] || return 1

  echo '4. Who am I? Other services verify the token with {url}/.well-known/jwks.json'
  curl -s "$URL/me" -H "Authorization: Bearer $TOKEN"; echo

  echo '5. Refresh, then sign out.'
  REFRESH=$(printf '%s' "$RESULT" | field refresh_token)
  TOKEN=$(post /auth/refresh "{\"refresh_token\":\"$REFRESH\"}" | field access_token)
  curl -s -X POST "$URL/auth/logout" -H "Authorization: Bearer $TOKEN" -o /dev/null -w 'signed out: %{http_code}\n'
}
first_sign_in
`

const laterSignIn = `
From the second sign-in on, paste this. It leaves the access token in TOKEN and the address of the API in URL.

sign_in() {
  URL={url}/api/v1 EMAIL='{email}'
  post() { curl -s "$URL$1" -H 'Content-Type: application/json'{org} -d "$2"; }
  field() { grep -o "\"$1\":\"[^\"]*" | cut -d'"' -f4; }
  {ask}
  RESULT=$(post /auth/login "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\"}")
  CHALLENGE=$(printf '%s' "$RESULT" | field token)
  [ -n "$CHALLENGE" ] || { echo "$RESULT"; return 1; }
  printf 'Six digits, not used before: '; read -r CODE
  RESULT=$(post /auth/login/mfa "{\"challenge_token\":\"$CHALLENGE\",\"code\":\"$CODE\"}")
  echo "$RESULT"
  TOKEN=$(printf '%s' "$RESULT" | field access_token)
}
sign_in
`
