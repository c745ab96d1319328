/**
 * Where a request comes from, as Cloudflare's edge says in `request.cf`. Locally it is made up or
 * absent, and outside Cloudflare's types it is whatever was put there: what isn't as documented is
 * absent.
 */
export type Place = Readonly<Record<string, unknown>>;

export function placeOf(request: Request): Place | undefined {
  const cf: unknown = 'cf' in request ? request.cf : undefined;
  return typeof cf === 'object' && cf !== null ? (cf as Place) : undefined;
}

export function textOf(place: Place | undefined, key: 'region' | 'city'): string | undefined {
  const value = place?.[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const CODES = {
  country: /^(?!XX)[A-Z][A-Z0-9]$/, // XX: Cloudflare doesn't know; T1: Tor
  continent: /^(?:AF|AN|AS|EU|NA|OC|SA)$/,
  regionCode: /^[A-Z0-9]{1,3}$/,
  colo: /^[A-Z]{3}$/,
};

export function codeOf(place: Place | undefined, key: keyof typeof CODES): string | undefined {
  const value = place?.[key];
  if (typeof value !== 'string') return undefined;
  const code = value.toUpperCase();
  return CODES[key].test(code) ? code : undefined;
}

const MAX_ASN = 0xffff_ffff;

export function asnOf(place: Place | undefined): number | undefined {
  const value = place?.['asn'];
  const asn = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof asn === 'number' && Number.isInteger(asn) && asn > 0 && asn <= MAX_ASN ? asn : undefined;
}

/** `isEUCountry` is "1" or left out, so that to leave it out says no, if the place is known at all. */
export function isEUOf(place: Place | undefined): boolean | undefined {
  if (place === undefined) return undefined;
  const value = place['isEUCountry'];
  if (value === '1') return true;
  return value == null ? false : undefined;
}
