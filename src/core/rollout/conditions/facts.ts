/**
 * What a condition can ask of a request. Everything is read lazily, by whoever implements this: a
 * rule that looks at the country alone costs no look at the user agent.
 *
 * undefined is "absent": such an attribute matches nothing except `{"exists": false}`.
 */
export interface Facts {
  /** ISO 3166-1 alpha-2, capitals; `T1` is Tor. */
  readonly country: string | undefined;
  /** Two letters: `AF AN AS EU NA OC SA`. */
  readonly continent: string | undefined;
  /** Name of the first-level division, e.g. `Auckland`. */
  readonly region: string | undefined;
  /** Its ISO 3166-2 code without the country, e.g. `AUK`. */
  readonly regionCode: string | undefined;
  readonly city: string | undefined;
  /** IATA code of the location that the request reached, e.g. `AKL`. */
  readonly colo: string | undefined;
  readonly asn: number | undefined;
  readonly isEU: boolean | undefined;
  readonly device: Device | undefined;
  /** Lower case, e.g. `chrome`, `safari`, `firefox`, `edge`. */
  readonly browser: string | undefined;
  /** Lower case, e.g. `windows`, `macos`, `ios`, `android`, `linux`, `chromeos`. */
  readonly os: string | undefined;
  /** The language the visitor wants most (RFC 9110, section 12.5.4), as RFC 5646 writes tags: `mi`, `de-CH`. */
  readonly language: string | undefined;
  /** Lower case, without a port. */
  readonly host: string;
  /** Without the query; encoded unreserved characters are decoded (RFC 3986, section 6.2.2.2). */
  readonly path: string;
  readonly method: string;
  /** The client's address as text. */
  readonly ip: string | undefined;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** @param name lower case */
  header(name: string): string | undefined;
  /** The first cookie of exactly that name, as it was sent. */
  cookie(name: string): string | undefined;
  /** The first parameter of exactly that name, decoded. */
  query(name: string): string | undefined;
  /** Of the answer: goals alone can ask for it, and for {@link responseHeader}. */
  readonly status: number | undefined;
  /** @param name lower case */
  responseHeader(name: string): string | undefined;
  /**
   * What the app sent under that name: flags alone can ask for it. Never a header or anything else that
   * the edge saw.
   */
  context(name: string): ContextValue | readonly unknown[] | undefined;
  /** Name of the variant that a flag has here. */
  flag(key: string): string | undefined;
}

/** What of an app's context can be matched; null and objects are as if they had not been sent. */
export type ContextValue = string | number | boolean;

export function isContextValue(value: unknown): value is ContextValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

export const DEVICES = ['mobile', 'tablet', 'desktop', 'bot'] as const;
export type Device = (typeof DEVICES)[number];
