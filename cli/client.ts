/** Weir's admin API as the command line uses it. Expected failures are values; each has an exit code. */

export interface Connection {
  /** Base URL of a Weir, e.g. `http://localhost:8787`. */
  readonly url: string;
  readonly token: string;
}

export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** Weir said no; `lines` tell what was wrong and where. */
  | { readonly kind: 'refused'; readonly lines: readonly string[] }
  | { readonly kind: 'unreachable'; readonly reason: string };

const TIMEOUT_MS = 15_000;

export async function call<T>(
  connection: Connection,
  path: string,
  init: { method?: string; body?: string } = {},
): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(`${connection.url}/__weir/api${path}`, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${connection.token}`,
        'user-agent': 'weir-cli',
        'content-type': 'application/json',
      },
    });
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
  let body: unknown;
  try {
    body = await response.json();
  } catch (error) {
    return {
      kind: 'unreachable',
      reason: `answered ${response.status}, but not as a Weir does (${reasonOf(error)})`,
    };
  }
  return response.ok
    ? { kind: 'ok', value: body as T }
    : { kind: 'refused', lines: problemLines(response.status, body) };
}

/** RFC 9457 problem details as lines for a person. */
function problemLines(status: number, body: unknown): string[] {
  const details = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const errors = Array.isArray(details['errors'])
    ? (details['errors'] as { path?: unknown; message?: unknown }[])
    : [];
  return [
    `${textOf(details['title'], 'refused')} (${status}): ${textOf(details['detail'], 'no reason given')}`,
    ...errors.map(error => `  ${String(error.path)}: ${String(error.message)}`),
  ];
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
