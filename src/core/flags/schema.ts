/**
 * The wire shape of one flag of a `flags:<name>` document, and of what the document says for all of them.
 * Each flag is parsed by itself: a malformed one costs no other. `schema/flags.schema.json` is generated
 * from here (`npm run generate`).
 */
import * as z from 'zod/mini';
import { percent, VARIANT_NAME } from '../rollout/schema-parts.ts';
import { parseTimestamp } from '../rollout/conditions/timestamp.ts';
import { condition, ruleName } from '../rollout/schema.ts';
import { FLAG_KEY, FLAG_VARIANT, SHARED_NAME, TARGETING_KEY } from './names.ts';

export const FLAG_TYPES = ['boolean', 'string', 'integer', 'number', 'object'] as const;
export type FlagType = (typeof FLAG_TYPES)[number];

const MAX_VARIANTS = 32;
const MAX_RULES = 100;
const MAX_STEPS = 100;
const MAX_METADATA = 32;

const variantName = z
  .string()
  .check(
    z.regex(
      FLAG_VARIANT,
      'expected a name of letters, digits and . _ -, beginning with a letter, at most 64',
    ),
  );
const sharedName = z
  .string()
  .check(z.regex(SHARED_NAME, 'expected 1 to 128 characters, no control characters'));
const flagKey = z
  .string()
  .check(z.regex(FLAG_KEY, 'expected a flag: letters, digits and . _ -, at most 128 characters'));
const salt = z.string().check(z.minLength(1), z.maxLength(256));

const timestamp = z
  .string()
  .check(
    z.refine(
      text => parseTimestamp(text) !== undefined,
      'expected a time like "2026-12-24T18:00:00+13:00" (RFC 3339)',
    ),
  );

const scheduleStep = z.strictObject({
  at: timestamp.check(z.describe('from this moment on')),
  share: percent(),
});

const flagRule = z.strictObject({
  name: z
    .optional(ruleName)
    .check(z.describe('default rule-<position>; a name of its own salts the draw: another name draws anew')),
  if: z.optional(condition).check(z.describe('without it the rule holds for everyone')),
  serve: z.optional(variantName),
  weights: z
    .optional(z.record(variantName, percent()))
    .check(z.describe('percent by variant; whom they leave over goes on to the next rule')),
  share: z
    .optional(percent())
    .check(z.describe('percent of those the rule holds for; the others go on to the next rule')),
  schedule: z
    .optional(z.array(scheduleStep).check(z.minLength(1), z.maxLength(MAX_STEPS)))
    .check(z.describe('the share by time, in ascending order; 0 before the first step')),
  by: z.optional(sharedName).check(z.describe("attribute of the context that is hashed; default the flag's")),
});

const variants = z.record(variantName, z.unknown()).check(
  z.refine(named => Object.keys(named).length > 0, 'expected at least one variant'),
  z.refine(named => Object.keys(named).length <= MAX_VARIANTS, `expected at most ${MAX_VARIANTS} variants`),
  z.describe('values by name, all of the type'),
);

const prerequisites = z
  .record(flagKey, z.union([variantName, z.array(variantName).check(z.minLength(1))]))
  .check(z.describe('by flag the variant, or the variants, that it must have; else this flag is off'));

const group = z
  .strictObject({
    name: sharedName,
    slot: z
      .tuple([percent(), percent()])
      .check(z.refine(([from, to]) => from < to, 'expected two percentages, the second one larger')),
  })
  .check(z.describe('flags of one group never meet: each has a slot, and every unit is in at most one'));

const holdout = z
  .strictObject({ name: sharedName, percent: percent() })
  .check(z.describe('units that get the default, the same ones for all flags that name it'));

const metadata = z
  .record(
    z
      .string()
      .check(z.regex(/^(?!weir\.)[^\p{Cc}]{1,128}$/u, 'expected a name that begins not with "weir."')),
    z.union([z.string().check(z.maxLength(1024)), z.number(), z.boolean()]),
  )
  .check(
    z.refine(
      entries => Object.keys(entries).length <= MAX_METADATA,
      `expected at most ${MAX_METADATA} entries`,
    ),
  );

export const flagSchema = z
  .strictObject({
    type: z.enum(FLAG_TYPES),
    variants,
    enabled: z
      ._default(z.boolean(), true)
      .check(z.describe('false: everyone gets "off", whatever else is said')),
    off: z.optional(variantName).check(z.describe("while it is disabled; default the caller's own default")),
    default: z
      .optional(variantName)
      .check(z.describe('for whom no rule decides; default "off", else the caller\'s own default')),
    rules: z
      ._default(z.array(flagRule).check(z.maxLength(MAX_RULES)), [])
      .check(z.describe('the first that decides')),
    by: z
      ._default(sharedName, TARGETING_KEY)
      .check(z.describe('attribute of the context that is hashed: the unit')),
    salt: z
      .optional(salt)
      .check(z.describe('default flag:<key>; flags of one salt draw the same units on purpose')),
    prerequisites: z._default(prerequisites, {}),
    group: z.optional(group),
    holdout: z.optional(holdout),
    follows: z
      .optional(z.string().check(z.regex(VARIANT_NAME, 'expected a variant of the rollout, like "canary"')))
      .check(z.describe('on exactly for the visitors on that variant of the rollout')),
    client: z._default(z.boolean(), false).check(z.describe('true: browsers may read it')),
    origin: z._default(z.boolean(), false).check(z.describe('true: it is in x-weir-flags')),
    experiment: z
      ._default(z.boolean(), false)
      .check(z.describe("the rollout's goals are counted for each variant")),
    metadata: z._default(metadata, {}),
  })
  .check(z.describe('a feature flag'));

/** A web origin as browsers send it (RFC 6454, section 6.2). */
const WEB_ORIGIN = /^(?:https?:\/\/[a-z0-9.-]+(?::\d{1,5})?|\*)$/;
export const MAX_ORIGINS = 50;
export const MAX_SEGMENTS = 100;

/** Keys of the document that are no flags. */
export const settingsSchema = z.object({
  $schema: z.optional(z.string()),
  $public: z
    ._default(z.boolean(), false)
    .check(z.describe('true: who has no key may read the flags for clients')),
  $origins: z
    ._default(
      z
        .array(
          z.string().check(z.regex(WEB_ORIGIN, 'expected an origin like "https://app.example.com", or "*"')),
        )
        .check(z.maxLength(MAX_ORIGINS)),
      [],
    )
    .check(z.describe('pages that may ask over OFREP (CORS)')),
  $unit: z
    ._default(z.boolean(), false)
    .check(z.describe('true: the origin gets the unit in x-weir-unit, to pass on as targetingKey')),
  $segments: z
    ._default(
      z
        .record(ruleName, condition)
        .check(
          z.refine(
            named => Object.keys(named).length <= MAX_SEGMENTS,
            `expected at most ${MAX_SEGMENTS} segments`,
          ),
        ),
      {},
    )
    .check(z.describe('named conditions, to be used as {"segment": "name"}')),
});

export type FlagWire = z.output<typeof flagSchema>;
export type RuleWire = z.output<typeof flagRule>;
export type SettingsWire = z.output<typeof settingsSchema>;
