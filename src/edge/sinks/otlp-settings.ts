/**
 * Where OTLP goes: `OTLP_ENDPOINT` and `OTLP_HEADERS`, in the formats of OpenTelemetry's
 * `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_EXPORTER_OTLP_HEADERS` (specification, "OTLP Exporter
 * Configuration"). Headers hold secrets: no message repeats any part of them.
 */
import { err, ok, type Result } from '../../core/result.ts';

export interface OtlpSettings {
  /** Where metrics are posted. */
  readonly url: string;
  readonly headers: readonly [name: string, value: string][];
}

export interface OtlpVariables {
  readonly OTLP_ENDPOINT?: string;
  readonly OTLP_HEADERS?: string;
}

const SIGNAL_PATH = '/v1/metrics';

/** @returns the settings, or in one sentence what to change */
export function otlpSettingsOf(variables: OtlpVariables): Result<OtlpSettings, string> {
  const url = urlOf((variables.OTLP_ENDPOINT ?? '').trim());
  if (!url.ok) return url;
  const headers = headersOf(variables.OTLP_HEADERS ?? '');
  return headers.ok ? ok({ url: url.value, headers: headers.value }) : headers;
}

/** A base URL gets the signal's path; one that has it already is taken as it is. */
function urlOf(endpoint: string): Result<string, string> {
  if (endpoint === '') return err('OTLP_ENDPOINT is not set: expected a URL like https://otlp.example.com');
  if (!URL.canParse(endpoint))
    return err('OTLP_ENDPOINT is no URL: expected one like https://otlp.example.com');
  const url = new URL(endpoint);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    return err('OTLP_ENDPOINT must begin with https:// (http:// only on this machine: localhost)');
  if (url.username !== '' || url.password !== '')
    return err('OTLP_ENDPOINT must not hold a user name or password: put them into OTLP_HEADERS');
  if (url.hash !== '') return err('OTLP_ENDPOINT must not have a fragment (#…)');
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(SIGNAL_PATH) ? path : path + SIGNAL_PATH;
  return ok(url.href);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, section 5.5, without the obsolete bytes above ASCII. */
const FIELD_VALUE = /^[\x20-\x7e\t]*$/;
/** What the request itself is, and what concerns the connection (RFC 9110, section 7.6.1). */
const OWN_HEADERS = new Set(
  (
    'content-type content-encoding content-length user-agent host connection keep-alive ' +
    'proxy-connection te trailer transfer-encoding upgrade expect'
  ).split(' '),
);
const MAX_HEADERS = 32;

/** `name=value,name=value`; values are percent-encoded (W3C Baggage, section 3.3.1). */
function headersOf(text: string): Result<OtlpSettings['headers'], string> {
  const entries = text.split(',').map(entry => entry.trim());
  const headers: [string, string][] = [];
  for (const [i, entry] of entries.entries()) {
    // A comma too many, at the end mostly.
    if (entry === '') continue;
    const wrong = (what: string): Result<never, string> => err(`OTLP_HEADERS: entry ${i + 1} ${what}`);
    const equals = entry.indexOf('=');
    if (equals === -1) return wrong('has no "=": expected name=value,name=value');
    const name = entry.slice(0, equals).trim().toLowerCase();
    if (!TOKEN.test(name)) return wrong('has a name that no header can have');
    if (OWN_HEADERS.has(name)) return wrong('names a header that Weir or the connection sets itself');
    const value = decoded(entry.slice(equals + 1).trim());
    if (value === undefined) return wrong('has a value that is not percent-encoded UTF-8');
    if (!FIELD_VALUE.test(value)) return wrong('has a value with characters that no header can have');
    headers.push([name, value]);
  }
  return headers.length > MAX_HEADERS ? err(`OTLP_HEADERS: more than ${MAX_HEADERS} entries`) : ok(headers);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
