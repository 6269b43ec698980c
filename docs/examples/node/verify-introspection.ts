// A service that asks the issuer about each token (RFC 7662): it refuses a token as soon as its session, account or key has ended.
// It has a service account of its own, with the permission token.introspect.
import { createServer } from "node:http";

const { ISSUER = "http://localhost:8000", CLIENT_ID = "", CLIENT_SECRET = "", PORT = "3000" } = process.env;

type Introspection = { active: false } | { active: true; sub: string; org: string; client_id?: string; scope?: string };

const discovered = await fetch(`${ISSUER}/.well-known/oauth-authorization-server`);
const { introspection_endpoint } = (await discovered.json()) as { introspection_endpoint: string };
const credentials = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString("base64");

/** Asks what a token is worth now. A service that cannot ask must not accept the token. */
async function introspect(token: string): Promise<Introspection> {
  const answer = await fetch(introspection_endpoint, {
    method: "POST",
    headers: { Authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ token }),
  });
  if (!answer.ok) throw new Error(`introspection failed with ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Introspection;
}

createServer(async (request, response) => {
  try {
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
    const state: Introspection = token ? await introspect(token) : { active: false };
    if (!state.active) {
      response.writeHead(401, { "WWW-Authenticate": 'Bearer error="invalid_token"' }).end();
      return;
    }
    const caller = { sub: state.sub, org: state.org, machine: state.client_id === state.sub };
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(caller));
  } catch (error) {
    console.log(error);
    response.writeHead(503, { "Retry-After": "5" }).end();
  }
}).listen(Number(PORT), "127.0.0.1");
