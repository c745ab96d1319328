/** The API as the page asks it: every way a request can end is a value. */

export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** The token is wrong, or no longer right. */
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'forbidden'; readonly detail: string }
  | { readonly kind: 'absent'; readonly detail: string }
  /** RFC 9110, section 15.5.13: someone else was faster. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused'; readonly detail: string }
  /** Weir answered, but could not do it. */
  | { readonly kind: 'failed'; readonly detail: string }
  /** No answer at all. */
  | { readonly kind: 'unreachable'; readonly detail: string };

export type Failure = Exclude<Answer<never>, { kind: 'ok' }>;

export interface Asking {
  readonly method?: 'PUT' | 'POST' | 'PATCH';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A status takes 3 s when the hub hangs; whatever takes longer than this counts as no answer. */
const TIMEOUT_MS = 10_000;
/** A command probes the candidate and waits for KV: the API gives it 20 s. */
const COMMAND_TIMEOUT_MS = 25_000;

/** What may stand in an Authorization header after `Bearer`. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(text);
}

/** @param path below `/__weir/api/` */
export async function ask<T>(path: string, token: string, asking: Asking = {}): Promise<Answer<T>> {
  let response: Response;
  const timeout = asking.method === 'POST' || asking.method === 'PATCH' ? COMMAND_TIMEOUT_MS : TIMEOUT_MS;
  try {
    response = await fetch(`/__weir/api/${path}`, {
      ...asking,
      headers: { authorization: `Bearer ${token}`, 'x-weir-client': 'dashboard', ...asking.headers },
      signal: AbortSignal.timeout(timeout),
      cache: 'no-store',
      credentials: 'omit',
    });
    if (response.ok) return { kind: 'ok', value: (await response.json()) as T };
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    return {
      kind: 'unreachable',
      detail: isLate ? `no answer in ${timeout / 1000} s` : 'the connection failed',
    };
  }
  const detail = await detailOf(response);
  switch (response.status) {
    case 401:
      return { kind: 'unauthorized' };
    case 403:
      return { kind: 'forbidden', detail };
    case 404:
      return { kind: 'absent', detail };
    case 412:
      return { kind: 'changed' };
    default:
      return { kind: response.status < 500 ? 'refused' : 'failed', detail };
  }
}

/** RFC 9457, or what can be said without it: a proxy in between may have answered. */
async function detailOf(response: Response): Promise<string> {
  const fallback = `status ${response.status}`;
  try {
    const { detail, errors } = (await response.json()) as {
      detail?: string;
      errors?: readonly { path: string; message: string }[];
    };
    const paths = (errors ?? []).map(({ path, message }) => `${path}: ${message}`);
    return [detail ?? fallback, ...paths].join(' ');
  } catch {
    return fallback;
  }
}
