// Lists the members of an org: as a person (EMAIL, PASSWORD, CODE) or with an API key (KEY).
import { bodyOf, connect, members, Refused, Session, signIn } from "./sole.js";

const { SOLE_URL = "http://localhost:8000", EMAIL = "", PASSWORD = "", CODE = "", KEY, PAGE = "200" } = process.env;

async function person() {
  const visitor = connect(SOLE_URL);
  const session = new Session(visitor, await signIn(visitor, EMAIL, PASSWORD, () => CODE));
  return connect(SOLE_URL, () => session.token());
}

try {
  const sole = KEY ? connect(SOLE_URL, () => KEY) : await person();
  const me = bodyOf(await sole.GET("/api/v1/me"));
  console.log(me.type === "person" ? `The person ${me.email}` : `The service account ${me.name}`);
  for await (const member of members(sole, Number(PAGE))) console.log(member.email);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  switch (error.code) {
    case "invalid_credentials":
    case "invalid_code":
      console.log(`${error.code}: ask again`);
      break;
    case "rate_limited":
    case "unavailable":
      console.log(`${error.code}: try again later`);
      break;
    default:
      console.log(`${error.code}: ${error.message} (request ${error.problem.request_id})`);
  }
  process.exitCode = 3;
}
