/**
 * The wire shape of a document's `plan`. What concerns several keys at once is checked where the plan is
 * compiled (compile-plan.ts), so that every problem names the value that is wrong.
 */
import * as z from 'zod/mini';
import { duration, percent, SECRET, variantName } from '../rollout/schema-parts.ts';
import { isTimezone } from './freeze.ts';
import { GATE_PLACES, NOTIFY_FORMATS } from './plan.ts';

const MAX_STEPS = 32;
const MAX_CRITERIA = 32;
const MAX_URLS = 8;
const MAX_WINDOWS = 16;

/** An http or https URL with a host, without credentials: they would show in logs. */
const URL_TEXT =
  /^https?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?][\x21-\x7e]*)?$/;
const MAX_URL = 2048;

export function isUrl(text: string): boolean {
  return text.length <= MAX_URL && URL_TEXT.test(text);
}

const url = z
  .string()
  .check(
    z.refine(
      text => isUrl(text) || SECRET.test(text),
      'expected an http or https URL without credentials, at most 2048 characters, or "$secret:NAME"',
    ),
  );

const step = z.strictObject({
  weight: percent().check(z.describe('percent; each step more than the one before, the last is 100')),
  hold: duration('0s', '30d').check(z.describe('how long the weight is held at least')),
  approval: z
    .optional(z.union([z.boolean(), z.literal('other')], 'expected true, false or "other"'))
    .check(z.describe('a person must approve before this weight is set; other: not the one who started')),
});

const tolerance = z.strictObject({
  ratio: z
    .optional(z.number().check(z.minimum(0.01), z.maximum(100)))
    .check(z.describe('so many times what stable has')),
  absolute: z
    .optional(z.number().check(z.minimum(0), z.maximum(1)))
    .check(z.describe('plus this fraction of all requests; errors, 4xx and 3xx only')),
});

const limit = z.union(
  [z.number().check(z.gt(0), z.lt(1)), duration('1ms', '5s')],
  'expected a fraction between 0 and 1, or for latency a duration from 1ms to 5s',
);

const criterion = z.strictObject({
  metric: z
    .string()
    .check(
      z.regex(
        /^(?:errors|latency|4xx|3xx|goal:.{1,64})$/,
        'expected "errors", "latency", "4xx", "3xx" or "goal:<name>"',
      ),
    ),
  tolerance: z.optional(tolerance).check(z.describe('against the concurrent stable')),
  limit: z.optional(limit).check(z.describe('an objective of its own, no comparison')),
  quantile: z.optional(z.number().check(z.gt(0), z.lt(1))).check(z.describe('of a latency limit: 0.99')),
  direction: z
    .optional(z.enum(['higher', 'lower']))
    .check(z.describe('of a goal: which way is better; default higher')),
  require: z
    .optional(z.boolean())
    .check(z.describe('true: an advance needs positive evidence of it; errors always do')),
});

const rate = (min: number) => z.number().check(z.minimum(min), z.maximum(0.5));

const CLOCK = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';

const freezeWindow = z.strictObject({
  days: z
    ._default(
      z
        .string()
        .check(z.regex(new RegExp(`^${DAY}(?:-${DAY})?$`), 'expected a day or days like "Sat" or "Fri-Sun"')),
      'Mon-Sun',
    )
    .check(z.describe('Fri-Sun from 16:00 to 08:00 is from Friday 16:00 to Monday 08:00')),
  from: z._default(z.string().check(z.regex(CLOCK, 'expected a time of day like "16:00"')), '00:00'),
  to: z._default(
    z
      .string()
      .check(z.refine(text => CLOCK.test(text) || text === '24:00', 'expected a time of day like "08:00"')),
    '24:00',
  ),
  timezone: z
    .string()
    .check(z.maxLength(64), z.refine(isTimezone, 'expected a time zone like "Pacific/Auckland" or "UTC"')),
});

export const planSchema = z.strictObject({
  candidate: z._default(variantName, 'canary').check(z.describe('the variant that it moves')),
  steps: z.array(step).check(z.minLength(1), z.maxLength(MAX_STEPS)),
  criteria: z
    .optional(z.array(criterion).check(z.minLength(1), z.maxLength(MAX_CRITERIA)))
    .check(z.describe('default: errors, latency and 4xx against stable, and at most half of all in errors')),
  falseRollbackRate: z
    ._default(rate(1e-6), 0.01)
    .check(z.describe('how often a canary like stable may be rolled back, per start')),
  falsePromotionRate: z
    ._default(rate(1e-6), 0.05)
    .check(z.describe('how often a bad canary may reach 100; see blastRadius')),
  blastRadius: z
    ._default(rate(0), 0.001)
    .check(z.describe('fraction of all requests that may fail beside 1.25 times those of stable')),
  minRequests: z
    ._default(z.int().check(z.minimum(1), z.maximum(10_000_000)), 50)
    .check(z.describe('judged requests of the canary that each step needs')),
  warmup: z
    ._default(duration('0s', '1h'), '30s')
    .check(z.describe('latency is not judged for so long after each raise')),
  holdback: z
    ._default(percent().check(z.maximum(50)), 1)
    .check(z.describe('percent that stay on stable at the step of 100, to compare with')),
  reaction: z
    ._default(z.enum(['fast', 'steady']), 'fast')
    .check(z.describe('steady: rides out hiccups of 10 to 20 s, and finds an outage later')),
  maxHold: z
    ._default(duration('1s', '90d'), '6h')
    .check(z.describe('longest stay at a step, without pauses, approvals, gates and freezes')),
  onMaxHold: z._default(z.enum(['pause', 'rollback']), 'pause'),
  maxBlind: z._default(duration('1s', '7d'), '10m').check(z.describe('how long nothing may be seen')),
  onBlind: z
    .optional(z.enum(['rollback', 'hold']))
    .check(z.describe('default: roll back above weight 5, else hold')),
  onSharedFailure: z
    .optional(z.enum(['rollback', 'hold']))
    .check(z.describe('both break a limit. Default: roll back within 10 min of a raise, else hold')),
  freeze: z
    ._default(z.array(freezeWindow).check(z.maxLength(MAX_WINDOWS)), [])
    .check(z.describe('times at which nothing advances; a rollback is never held')),
  notify: z
    ._default(
      z
        .array(z.strictObject({ url, format: z._default(z.enum(NOTIFY_FORMATS), 'json') }))
        .check(z.maxLength(MAX_URLS)),
      [],
    )
    .check(z.describe('who is told')),
  gates: z
    ._default(z.array(z.strictObject({ before: z.enum(GATE_PLACES), url })).check(z.maxLength(MAX_URLS)), [])
    .check(z.describe('who is asked before a weight is set: 2xx lets pass, anything else holds')),
});

export type WirePlan = z.output<typeof planSchema>;
