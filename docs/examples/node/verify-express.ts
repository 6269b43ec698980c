// The same with Express and express-oauth2-jwt-bearer, which discovers the keys itself.
import express from "express";
import { auth } from "express-oauth2-jwt-bearer";

const { ISSUER = "http://localhost:8000", AUDIENCE = "sole", PORT = "3000" } = process.env;

const app = express();

app.use(auth({
  issuerBaseURL: ISSUER,
  audience: AUDIENCE,
  tokenSigningAlg: "RS256",
  dpop: { enabled: false },
  validators: { typ: (type) => type === "at+jwt", org: (org) => typeof org === "string" },
}));

app.get("/", (request, response) => {
  const claims = request.auth!.payload;
  response.json({ sub: claims.sub, org: claims["org"], machine: claims["client_id"] === claims.sub });
});

app.listen(Number(PORT), "127.0.0.1");
