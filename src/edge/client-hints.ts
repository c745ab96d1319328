/**
 * What Chromium's client hints say (User-Agent Client Hints, section 3). They are structured fields
 * (RFC 9651), read leniently: a header that isn't quite one still says what it says.
 */
import type { Device } from '../core/rollout/conditions/facts.ts';
import { browserSlug, osSlug } from './agent-names.ts';
import { remembering } from './remembering.ts';

/** Sec-CH-UA: the brand of the browser; its engine's, Chromium, only where there is no other. */
export function brandOf(header: string | null): string | undefined {
  return header === null ? undefined : rememberedBrand(header);
}

const rememberedBrand = remembering(100, header => {
  let general: string | undefined;
  for (const brand of strings(header)) {
    if (isGrease(brand)) continue;
    if (brand === 'Chromium') general ??= 'chromium';
    // Some that are built on Chrome list it beside their own name, in an order that changes.
    else if (brand === 'Google Chrome') general = 'chrome';
    else return browserSlug(brand);
  }
  return general;
});

/** Section 6.2: `Not?A_Brand`, `Not(A:Brand` …, there to keep anyone from relying on the list's form. */
function isGrease(brand: string): boolean {
  return /^notabrand$/i.test(brand.replace(/[^a-z]/gi, ''));
}

/** Sec-CH-UA-Mobile */
export function isMobileOf(header: string | null): boolean | undefined {
  const text = header?.trim();
  if (text === '?1') return true;
  return text === '?0' ? false : undefined;
}

/** Sec-CH-UA-Platform */
export function platformOf(header: string | null): string | undefined {
  return header === null ? undefined : rememberedPlatform(header);
}

const rememberedPlatform = remembering(100, header => {
  const [platform = header] = strings(header);
  return osSlug(platform.trim());
});

const FORM_FACTORS: readonly [name: string, device: Device][] = [
  // Something that is both is held like a tablet at least at times.
  ['Tablet', 'tablet'],
  ['Mobile', 'mobile'],
  ['Watch', 'mobile'],
  ['Desktop', 'desktop'],
];

/** Sec-CH-UA-Form-Factors, which browsers send only where an origin has asked for it. */
export function formFactorOf(header: string | null): Device | undefined {
  return header === null ? undefined : rememberedFormFactor(header);
}

const rememberedFormFactor = remembering(100, header => {
  const named = [...strings(header)];
  return FORM_FACTORS.find(([name]) => named.includes(name))?.[1];
});

/** A string of a list, or one that never ends, taken whole so that it is looked at once. */
const STRING = /(=?)"((?:[^"\\]|\\.)*)("|\\?$)/g;

/** A list's strings without their parameters (`;v="99"`): a parameter's value follows a `=`. */
function* strings(header: string): Generator<string> {
  for (const [, equals, text, end] of header.matchAll(STRING)) {
    if (equals === '' && end === '"') yield text!.replace(/\\(.)/g, '$1');
  }
}
