/**
 * The wire shape of a `rollout:<name>` document. Strict: an unknown key is an error, because a
 * misspelt or not yet supported setting that is silently ignored costs more than a refusal.
 * `schema/rollout.schema.json` is generated from here (`npm run generate`).
 */
import * as z from 'zod';
import { DURATION_PATTERN, parseDuration } from './duration.ts';

export const STABLE = 'stable';
export const VARIANT_NAME = /^[a-z][a-z0-9-]{0,31}$/;
/** RFC 9110, section 5.6.2: token. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
/** Host name or bracketed IPv6 address with an optional port; no credentials, path, query or fragment. */
const ORIGIN =
  /^https?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/?$/;
const SECRET = /^\$secret:[A-Z][A-Z0-9_]{0,63}$/;

export function duration(min: string, max: string) {
  return z
    .string()
    .regex(DURATION_PATTERN, 'expected a duration like "30s": an integer and ms, s, m, h or d')
    .refine(
      text =>
        !DURATION_PATTERN.test(text) ||
        isBetween(parseDuration(text), parseDuration(min), parseDuration(max)),
      `expected a duration between ${min} and ${max}`,
    );
}

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

const origin = z
  .string()
  .refine(
    text => isOrigin(text) || SECRET.test(text),
    'expected an origin like "https://stable.example.com" (http or https, host, optional port, nothing after it) or "$secret:NAME"',
  );

/** Whether a text is a base URL that requests can be sent to. */
export function isOrigin(text: string): boolean {
  return ORIGIN.test(text) && Number(/:(\d+)\/?$/.exec(text)?.[1] ?? 1) <= 65535;
}

/**
 * Headers that the proxy or the platform owns: a document must not set them on requests to an origin.
 * `host` is ignored by the platform; the others would break the connection or the Contract.
 */
const RESERVED_HEADER =
  /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|content-length|expect|proxy.*|x-weir-.*|x-forwarded-(?:host|for|proto)|cf-.*)$/i;

/** RFC 9110, section 5.5: visible ASCII, space and tab; no CR, LF or NUL. */
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;
const MAX_HEADER_VALUE = 4096;

export function isHeaderValue(text: string): boolean {
  return text.length <= MAX_HEADER_VALUE && HEADER_VALUE.test(text);
}

const headers = z.record(
  z
    .string()
    .regex(HEADER_NAME, 'expected a header name (RFC 9110 token)')
    .refine(name => !RESERVED_HEADER.test(name), 'this header belongs to the proxy or the platform'),
  z
    .string()
    .max(MAX_HEADER_VALUE)
    .regex(HEADER_VALUE, 'expected visible ASCII characters, spaces and tabs only'),
);

const variant = z.strictObject({
  origin,
  version: z.string().min(1).max(128).optional(),
  headers: headers.optional(),
});

const cookie = z.strictObject({
  // No prefix here: `__Host-` is added by Weir on https, and `__Secure-` would not work on http.
  name: z
    .string()
    .regex(/^(?!__)[A-Za-z0-9_-]{1,64}$/, 'expected letters, digits, "-" or "_", not starting with "__"')
    .default('weir'),
  // RFC 6265bis, section 5.5: browsers cap the age at 400 days.
  maxAge: duration('1d', '400d').default('30d'),
  sameSite: z.enum(['Lax', 'Strict', 'None']).default('Lax'),
});

/** Percent with at most three decimals, like a weight. */
const percent = z
  .number()
  .min(0)
  .max(100)
  .refine(value => Math.round(value * 1000) / 1000 === value, 'expected at most three decimals');

const variantName = z.string().regex(VARIANT_NAME, 'expected a lower-case name like "canary-b"');

const breaker = z.strictObject({
  consecutiveErrors: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('so many failures in a row in one isolate send its visitors to stable'),
  cooldown: duration('100ms', '1h').default('10s').describe('until one request tries the candidate again'),
});

const mirror = z.strictObject({
  to: variantName.describe('a candidate'),
  percent: percent.describe('share of the bodyless GETs that stable serves'),
  credentials: z
    .boolean()
    .default(false)
    .describe('true: copies carry Cookie and Authorization, so the candidate acts as the visitor'),
});

/** Compiled, and so validated, by conditions/condition.ts; its JSON Schema is scripts/condition-schema.ts. */
export const condition = z.unknown();

/** Goes into labels and headers as it is. */
const RULE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9 ._:/-]{0,62}[A-Za-z0-9._:/-])?$/;
const NAME_EXPECTED = 'expected a name of letters, digits, spaces and . _ : / -, at most 64 characters';
const MAX_RULES = 1000;

const rule = z.strictObject({
  name: z
    .string()
    .regex(RULE_NAME, NAME_EXPECTED)
    .optional()
    .describe('default rule-<position>; it salts the weights, so another name draws everyone anew'),
  if: condition.optional().describe('absent: holds for everyone'),
  serve: variantName.optional(),
  weights: z.unknown().optional().describe('percent for the canary, or by variant'),
});

const stickyBy = z
  .string()
  .regex(
    /^(?:cookie|ip|header:[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64})$/,
    'expected "cookie", "ip" or "header:<name>"',
  );

const faultShare = { variant: variantName, percent };
const fault = z.union(
  [
    z.strictObject({ ...faultShare, delay: duration('1ms', '10m') }),
    z.strictObject({ ...faultShare, status: z.int().min(400).max(599) }),
  ],
  'expected a variant, a percentage and either "delay" (a duration) or "status" (400 to 599)',
);
const MAX_FAULTS = 16;

export const rolloutDocument = z
  .strictObject({
    $schema: z.string().optional(),
    enabled: z.boolean().default(true).describe('false: everyone on stable, whatever else is said'),
    variants: z
      .record(variantName, variant)
      .refine(variants => Object.hasOwn(variants, STABLE), 'expected a variant named "stable"')
      .refine(
        variants => Object.keys(variants).length <= 3,
        'expected at most two candidates beside stable: a third could not grow without moving visitors between candidates',
      )
      .describe('named destinations; "stable" takes what the others leave'),
    salt: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe("default <name>@<canary's version>; a new salt draws everyone anew"),
    sticky: z
      .strictObject({
        by: stickyBy.default('cookie').describe('what is hashed: cookie, header:<name> or ip'),
        cookie: cookie.prefault({}),
        fallback: z
          .enum(['random', 'ip', 'stable'])
          .default('random')
          .describe('without that cookie, header or address'),
      })
      .prefault({}),
    segments: z
      .record(z.string().regex(RULE_NAME, NAME_EXPECTED), condition)
      .default({})
      .describe('named conditions, to be used as {"segment": "name"}'),
    rules: z.array(rule).max(MAX_RULES).default([]).describe('the first whose condition holds decides'),
    proxy: z
      .strictObject({
        timeout: duration('1ms', '10m')
          .default('30s')
          .describe('to response headers, for requests without a body'),
        bodyTimeout: duration('1ms', '1h')
          .nullable()
          .default(null)
          .describe('to response headers, for requests with a body'),
        failover: z
          .boolean()
          .default(true)
          .describe('a bodyless GET or HEAD that a candidate fails is sent once more, to stable'),
        failoverAfter: duration('1ms', '10m')
          .default('5s')
          .describe('a candidate without response headers by then has failed such a request'),
        breaker: breaker.nullable().prefault({}).describe('null: never divert from a failing candidate'),
        mirror: mirror.optional(),
        faults: z.array(fault).max(MAX_FAULTS).default([]).describe('rehearse a bad variant'),
        exposeVariant: z.boolean().default(false).describe('x-weir-variant on responses too'),
      })
      .prefault({}),
  })
  .describe('A Weir rollout: how one service splits its traffic');

export type RolloutDocument = z.output<typeof rolloutDocument>;
