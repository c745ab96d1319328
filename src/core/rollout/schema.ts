/**
 * The wire shape of a `rollout:<name>` document. Strict: an unknown key is an error, because a
 * misspelt or not yet supported setting that is silently ignored costs more than a refusal.
 * `schema/rollout.schema.json` is generated from here (`npm run generate`).
 */
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { planSchema } from '../delivery/plan-schema.ts';
import { duration, percent, SECRET, variantName } from './schema-parts.ts';

// zod/mini is a third of zod, in size and in start-up time, and brings no words of its own.
z.config(en());

export const STABLE = 'stable';
/** RFC 9110, section 5.6.2: token. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
/** Host name or bracketed IPv6 address with an optional port; no credentials, path, query or fragment. */
const ORIGIN =
  /^https?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/?$/;

const origin = z
  .string()
  .check(
    z.refine(
      text => isOrigin(text) || SECRET.test(text),
      'expected an origin like "https://stable.example.com" (http or https, host, optional port, nothing after it) or "$secret:NAME"',
    ),
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

const headerName = z.string().check(z.regex(HEADER_NAME, 'expected a header name (RFC 9110 token)'));

const headers = z.record(
  headerName.check(
    z.refine(name => !RESERVED_HEADER.test(name), 'this header belongs to the proxy or the platform'),
  ),
  z
    .string()
    .check(
      z.maxLength(MAX_HEADER_VALUE),
      z.regex(HEADER_VALUE, 'expected visible ASCII characters, spaces and tabs only'),
    ),
);

const variant = z.strictObject({
  origin,
  version: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
  versionHeader: z
    .optional(headerName)
    .check(z.describe("response header with the origin's version, to be shown and watched")),
  headers: z.optional(headers),
});

const cookieName = z
  .string()
  .check(
    z.regex(/^(?!__)[A-Za-z0-9_-]{1,64}$/, 'expected letters, digits, "-" or "_", not starting with "__"'),
  );

const cookie = z.strictObject({
  // No prefix here: `__Host-` is added by Weir on https, and `__Secure-` would not work on http.
  name: z._default(cookieName, 'weir'),
  // RFC 6265bis, section 5.5: browsers cap the age at 400 days.
  maxAge: z._default(duration('1d', '400d'), '30d'),
  sameSite: z._default(z.enum(['Lax', 'Strict', 'None']), 'Lax'),
});

const breaker = z.strictObject({
  consecutiveErrors: z
    ._default(z.int().check(z.minimum(1), z.maximum(1000)), 5)
    .check(z.describe('so many failures in a row in one isolate send its visitors to stable')),
  cooldown: z
    ._default(duration('100ms', '1h'), '10s')
    .check(z.describe('until one request tries the candidate again')),
});

const mirror = z.strictObject({
  to: variantName.check(z.describe('a candidate')),
  percent: percent().check(z.describe('share of the bodyless GETs that stable serves')),
  credentials: z
    ._default(z.boolean(), false)
    .check(z.describe('true: copies carry Cookie and Authorization, so the candidate acts as the visitor')),
});

/** Compiled, and so validated, by conditions/condition.ts; its JSON Schema is scripts/condition-schema.ts. */
export const condition = z.unknown();

/** Goes into labels and headers as it is. */
export const ruleName = z
  .string()
  .check(
    z.regex(
      /^(?!other$)[A-Za-z0-9](?:[A-Za-z0-9 ._:/-]{0,62}[A-Za-z0-9._:/-])?$/,
      'expected a name of letters, digits, spaces and . _ : / -, at most 64 characters, other than "other"',
    ),
  );
const MAX_RULES = 1000;

const rule = z.strictObject({
  name: z
    .optional(ruleName)
    .check(z.describe('default rule-<position>; it salts the weights, so another name draws everyone anew')),
  // Forgotten, it would send everyone, so it is required; compileCondition says so in its own words.
  if: z.optional(condition),
  serve: z.optional(variantName),
  weights: z.optional(z.unknown()).check(z.describe('percent for the canary, or by variant')),
  uncapped: z
    ._default(z.boolean(), false)
    .check(z.describe("true: these weights hold above the controller's cap, until it rolls back")),
});

/** The response's status and headers are attributes in here, too; its JSON Schema as above. */
export const goalCondition = z.unknown();
const goal = z.strictObject({ if: z.optional(goalCondition) });
const MAX_GOALS = 16;
const goals = z
  .record(ruleName, goal)
  .check(z.refine(named => Object.keys(named).length <= MAX_GOALS, `expected at most ${MAX_GOALS} goals`));

const stickyBy = z
  .string()
  .check(
    z.regex(
      /^(?:cookie|ip|header:[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64})$/,
      'expected "cookie", "ip" or "header:<name>"',
    ),
  );

const sticky = z.strictObject({
  by: z._default(stickyBy, 'cookie').check(z.describe('what is hashed: cookie, header:<name> or ip')),
  cookie: z.prefault(cookie, {}),
  fallback: z
    ._default(z.enum(['random', 'ip', 'stable']), 'random')
    .check(z.describe('without that cookie, header or address')),
});

const faultStatus = z.int().check(
  z.minimum(400),
  z.maximum(599),
  z.refine(status => status < 520 || status > 530, "520 to 530 are Cloudflare's own: no origin answers them"),
);
const faultShare = { variant: variantName, percent: percent() };
const fault = z.union(
  [
    z.strictObject({ ...faultShare, delay: duration('1ms', '10m') }),
    z.strictObject({ ...faultShare, status: faultStatus }),
  ],
  'expected a variant, a percentage and either "delay" (a duration) or "status" (400 to 599)',
);
const MAX_FAULTS = 16;

const proxy = z.strictObject({
  timeout: z
    ._default(duration('1ms', '10m'), '30s')
    .check(z.describe('to response headers, for requests without a body')),
  bodyTimeout: z
    ._default(z.nullable(duration('1ms', '1h')), null)
    .check(z.describe('to response headers, for requests with a body')),
  failover: z
    ._default(z.boolean(), true)
    .check(z.describe('a bodyless GET or HEAD that a candidate fails is sent once more, to stable')),
  failoverAfter: z
    ._default(duration('1ms', '10m'), '5s')
    .check(z.describe('a candidate without response headers by then has failed such a request')),
  breaker: z
    .prefault(z.nullable(breaker), {})
    .check(z.describe('null: never divert from a failing candidate')),
  mirror: z.optional(mirror),
  faults: z
    ._default(z.array(fault).check(z.maxLength(MAX_FAULTS)), [])
    .check(z.describe('rehearse a bad variant')),
  exposeVariant: z._default(z.boolean(), false).check(z.describe('x-weir-variant on responses too')),
});

const variants = z.record(variantName, variant).check(
  z.refine(variants => Object.hasOwn(variants, STABLE), 'expected a variant named "stable"'),
  z.refine(
    variants => Object.keys(variants).length <= 3,
    'expected at most two candidates beside stable: a third could not grow without moving visitors between candidates',
  ),
  z.describe('named destinations; "stable" takes what the others leave'),
);

export const rolloutDocument = z
  .strictObject({
    $schema: z.optional(z.string()),
    enabled: z
      ._default(z.boolean(), true)
      .check(z.describe('false: everyone on stable, whatever else is said')),
    variants,
    salt: z
      .optional(z.string().check(z.minLength(1), z.maxLength(256)))
      .check(z.describe("default <name>@<canary's version>; a new salt draws everyone anew")),
    sticky: z.prefault(sticky, {}),
    segments: z
      ._default(z.record(ruleName, condition), {})
      .check(z.describe('named conditions, to be used as {"segment": "name"}')),
    rules: z
      ._default(z.array(rule).check(z.maxLength(MAX_RULES)), [])
      .check(z.describe('the first whose condition holds decides')),
    proxy: z.prefault(proxy, {}),
    goals: z
      ._default(goals, {})
      .check(z.describe('what visitors are wanted to do; counted for each variant')),
    plan: z.optional(planSchema).check(z.describe('progressive delivery: the weight moves by itself')),
  })
  .check(z.describe('A Weir rollout: how one service splits its traffic'));

export type RolloutDocument = z.output<typeof rolloutDocument>;
