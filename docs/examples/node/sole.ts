// A client of the API. Its types are generated from the OpenAPI document of the service.
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi.js";

export type Problem = components["schemas"]["Problem"];
export type Tokens = components["schemas"]["Tokens"];
export type Sole = ReturnType<typeof connect>;

/** The service refused a request. Decide by the code, which is stable, and not by the message. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get code(): Problem["code"] {
    return this.problem.code;
  }
}

/** Returns the body of a response, or throws Refused. */
export function bodyOf<T>(response: { data?: T; error?: Problem }): T {
  if (response.error) throw new Refused(response.error);
  return response.data as T;
}

/** Returns a client that sends a bearer token with each request: an API key, or the access token of a session. */
export function connect(url: string, token?: () => string | Promise<string>) {
  const sole = createClient<paths>({ baseUrl: url });
  if (token) {
    sole.use({
      async onRequest({ request }) {
        request.headers.set("Authorization", `Bearer ${await token()}`);
        return request;
      },
    });
  }
  return sole;
}

/** Signs an account in with its password and, where it is asked for, the code of an authenticator app. */
export async function signIn(sole: Sole, email: string, password: string, askCode: () => string | Promise<string>): Promise<Tokens> {
  let result = bodyOf(await sole.POST("/api/v1/auth/login", { body: { email, password } }));
  if (result.status === "mfa_required" && result.challenge) {
    const body = { challenge_token: result.challenge.token, code: await askCode() };
    result = bodyOf(await sole.POST("/api/v1/auth/login/mfa", { body }));
  }
  if (!result.tokens) throw new Error(`finish the sign-in on the pages of the service: ${result.status}`);
  return result.tokens;
}

/** A session that gets a new access token before the old one expires. */
export class Session {
  #tokens: Tokens;
  #renewAt: number;
  #renewing: Promise<void> | undefined;

  constructor(private readonly sole: Sole, tokens: Tokens) {
    this.#tokens = tokens;
    this.#renewAt = renewalOf(tokens);
  }

  /** Returns an access token. Requests that need a new one at the same time share one refresh. */
  async token(): Promise<string> {
    if (Date.now() >= this.#renewAt) await (this.#renewing ??= this.#renew());
    return this.#tokens.access_token;
  }

  async #renew(): Promise<void> {
    try {
      const body = { refresh_token: this.#tokens.refresh_token };
      this.#tokens = bodyOf(await this.sole.POST("/api/v1/auth/refresh", { body }));
      this.#renewAt = renewalOf(this.#tokens);
    } finally {
      this.#renewing = undefined;
    }
  }
}

/** The time at which to get a new access token: half a minute before it expires. */
function renewalOf(tokens: Tokens): number {
  return Date.now() + (tokens.expires_in - 30) * 1000;
}

/** Lists the members of the org, page after page. */
export async function* members(sole: Sole, limit = 200) {
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = cursor === null ? { limit } : { limit, cursor };
    const page: components["schemas"]["PageMember"] = bodyOf(await sole.GET("/api/v1/members", { params: { query } }));
    yield* page.items;
    cursor = page.next_cursor;
  } while (cursor !== null);
}
