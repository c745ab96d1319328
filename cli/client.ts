/** Weir's admin API as the command line uses it. Expected failures are values; each has an exit code. */

export interface Connection {
  /** Base URL of a Weir, e.g. `http://localhost:8787`. */
  readonly url: string;
  readonly token: string;
}

export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** Weir said no; `lines` tell what was wrong and where. */
  | { readonly kind: 'refused'; readonly status: number; readonly lines: readonly string[] }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface Call {
  readonly method?: string;
  readonly body?: string;
  /** A revision, as `status --json` has it. */
  readonly ifMatch?: number | undefined;
  /** Where the usual patience is too much. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
/** Weir itself waits up to 20 s for a controller that is told something. */
const CHANGE_TIMEOUT_MS = 30_000;

export async function call<T>(connection: Connection, path: string, init: Call = {}): Promise<Answer<T>> {
  return read(connection, path, init, async response => (await response.json()) as T);
}

/** An answer of JSON lines. */
export async function callLines(connection: Connection, path: string): Promise<Answer<string>> {
  return read(connection, path, {}, response => response.text());
}

/** A command without a body is `{}`. */
export function post<T>(connection: Connection, path: string, body: object = {}): Promise<Answer<T>> {
  return call<T>(connection, path, { method: 'POST', body: JSON.stringify(body) });
}

async function read<T>(
  { url, token }: Connection,
  path: string,
  { method = 'GET', body, ifMatch, timeoutMs }: Call,
  valueOf: (response: Response) => Promise<T>,
): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(`${url}/__weir/api${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs ?? (method === 'GET' ? TIMEOUT_MS : CHANGE_TIMEOUT_MS)),
      headers: {
        authorization: `Bearer ${token}`,
        'user-agent': 'weir-cli',
        'content-type': 'application/json',
        ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
      },
    });
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
  try {
    return response.ok
      ? { kind: 'ok', value: await valueOf(response) }
      : {
          kind: 'refused',
          status: response.status,
          lines: problemLines(response.status, await response.json()),
        };
  } catch (error) {
    return {
      kind: 'unreachable',
      reason: `answered ${response.status}, but not as a Weir does (${reasonOf(error)})`,
    };
  }
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
