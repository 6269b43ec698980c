// A service that accepts access tokens, of people and of service accounts, and knows only the URL of their issuer.
import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { ISSUER = "http://localhost:8000", AUDIENCE = "sole", PORT = "3000" } = process.env;

const discovered = await fetch(`${ISSUER}/.well-known/oauth-authorization-server`);
const { jwks_uri } = (await discovered.json()) as { jwks_uri: string };
const keys = createRemoteJWKSet(new URL(jwks_uri));

/** Verifies the bearer token of a request and returns its claims, or null. */
async function claimsOf(authorization = "") {
  const [, token = ""] = /^Bearer (\S+)$/i.exec(authorization) ?? [];
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: "at+jwt",
      algorithms: ["RS256", "ES256"],
      requiredClaims: ["sub", "exp", "org"],
    });
    return payload;
  } catch (error) {
    console.log(`refused: ${error}`);
    return null;
  }
}

createServer(async (request, response) => {
  const claims = await claimsOf(request.headers.authorization);
  if (!claims) {
    response.writeHead(401, { "WWW-Authenticate": 'Bearer error="invalid_token"' }).end();
    return;
  }
  const caller = { sub: claims.sub, org: claims["org"], machine: claims["client_id"] === claims.sub };
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(caller));
}).listen(Number(PORT), "127.0.0.1");
