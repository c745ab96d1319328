import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { boolean, evaluated, flagSet, problemsOf, told, user } from '../../support/flags.ts';

/** As the Contract has it (DESIGN.md, section 3). */
const DESIGN = {
  'new-checkout': {
    type: 'boolean',
    variants: { on: true, off: false },
    off: 'off',
    client: true,
    rules: [{ if: { 'context.plan': 'staff' }, serve: 'on' }, { weights: { on: 20, off: 80 } }],
  },
};

const schema = JSON.parse(
  readFileSync(new URL('../../../schema/flags.schema.json', import.meta.url), 'utf8'),
) as object;
const isValid = new Ajv2020({ strict: false }).compile(schema);

it("the Contract's example is a document, for editors too, and evaluates as it reads", () => {
  expect(isValid(DESIGN)).toBe(true);
  const set = flagSet(DESIGN);
  expect(told(set, 'new-checkout', user('u', { plan: 'staff' }))).toBe('on TARGETING_MATCH');
  const on = Array.from({ length: 2000 }, (_, n) => evaluated(set, 'new-checkout', user(n)));
  expect(new Set(on.map(({ reason }) => reason))).toEqual(new Set(['SPLIT']));
  expect(Math.abs(on.filter(({ variant }) => variant?.value === true).length - 400)).toBeLessThan(80);
});

it.each([
  [
    'a full flag',
    true,
    {
      f: boolean({
        default: 'off',
        by: 'company',
        salt: 's',
        prerequisites: { g: 'on' },
        group: { name: 'a', slot: [0, 50] },
        holdout: { name: 'h', percent: 5 },
        origin: true,
        metadata: { owner: 'web' },
        rules: [
          {
            name: 'r',
            if: { any: [{ 'flag.g': 'on' }, { segment: 's' }] },
            weights: { on: 50 },
            schedule: [{ at: '2026-12-01T09:00:00Z', share: 10 }],
          },
        ],
      }),
      g: boolean({ experiment: true }),
      $segments: { s: { country: 'NZ' } },
      $public: true,
      $origins: ['*'],
      $unit: true,
    },
  ],
  ['one that follows a rollout', true, { f: boolean({ follows: 'canary' }) }],
  ['no type', false, { f: { variants: { on: true } } }],
  ['a misspelt attribute', false, { f: boolean({ rules: [{ if: { plan: 'staff' }, serve: 'on' }] }) }],
  ['a misspelt key', false, { f: boolean({ enabeld: false }) }],
  ['a share beyond 100', false, { f: boolean({ rules: [{ serve: 'on', share: 101 }] }) }],
])('what editors are told agrees with what is refused: %s', (_, expected, document) => {
  expect(isValid(document)).toBe(expected);
  expect(problemsOf(document).length === 0).toBe(expected);
});
