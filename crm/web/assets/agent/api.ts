// Requests to our own API: with the session, its CSRF token, and errors that a person can read.
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

function token(): string {
  return document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
}

async function request(path: string, init: RequestInit): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, { ...init, credentials: "same-origin", redirect: "error" });
  } catch {
    throw new Refused(0, "");
  }
  const body: unknown = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (answer.ok) return body;
  const problem = body as { detail?: string; title?: string } | null;
  throw new Refused(answer.status, problem?.detail ?? problem?.title ?? "");
}

/** Ask for something. What the page asks by itself keeps nobody logged in. */
export function get(path: string): Promise<unknown> {
  return request(path, { headers: { Accept: "application/json", "X-Background": "1" } });
}

export function post(path: string, body: unknown = {}): Promise<unknown> {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
  });
}
