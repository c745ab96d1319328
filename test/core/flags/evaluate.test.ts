import { describe, expect, it } from 'vitest';
import { flagMetadata } from '../../../src/core/flags/evaluation.ts';
import { boolean, evaluated, flagSet, told, user } from '../../support/flags.ts';

describe('a flag', () => {
  it('without rules is the same for everyone', () => {
    const set = flagSet({
      title: { type: 'string', variants: { short: 'Hi', empty: '' }, default: 'empty' },
    });
    expect(evaluated(set, 'title')).toMatchObject({
      variant: { name: 'empty', value: '' },
      reason: 'STATIC',
    });
  });

  it('without a default of its own leaves it to the caller, and while nothing else is said it is off', () => {
    const set = flagSet({
      bare: { type: 'integer', variants: { small: 10 } },
      off: boolean(),
    });
    expect(told(set, 'bare')).toBe('- STATIC');
    expect(told(set, 'off')).toBe('off STATIC');
  });

  it('that does not exist is not found', () => {
    expect(evaluated(flagSet({}), 'constructor')).toMatchObject({
      errorCode: 'FLAG_NOT_FOUND',
      reason: 'ERROR',
    });
  });
});

describe('rules', () => {
  it('are asked in order, and the first that holds decides', () => {
    const set = flagSet({
      f: {
        type: 'string',
        variants: { a: 'A', b: 'B', c: 'C' },
        default: 'c',
        rules: [
          { if: { 'context.plan': 'staff' }, serve: 'a' },
          { if: { 'context.plan': ['staff', 'pro'] }, serve: 'b' },
        ],
      },
    });
    expect(told(set, 'f', user('u', { plan: 'staff' }))).toBe('a TARGETING_MATCH');
    expect(told(set, 'f', user('u', { plan: 'pro' }))).toBe('b TARGETING_MATCH');
    expect(told(set, 'f', user('u'))).toBe('c DEFAULT');
  });

  it('see what the app sent and what the edge saw, and never take one for the other', () => {
    const set = flagSet({
      said: boolean({ rules: [{ if: { 'context.country': 'NZ' }, serve: 'on' }] }),
      seen: boolean({ rules: [{ if: { country: 'NZ' }, serve: 'on' }] }),
    });
    const said = { context: { country: 'NZ' } };
    const seen = { edge: { country: 'NZ' } };
    expect([told(set, 'said', said), told(set, 'seen', said)]).toEqual(['on TARGETING_MATCH', 'off DEFAULT']);
    expect([told(set, 'said', seen), told(set, 'seen', seen)]).toEqual(['off DEFAULT', 'on TARGETING_MATCH']);
  });

  it.each([
    [{ age: { gt: 10 } }, { age: 65 }, true],
    [{ age: { gt: 10 } }, { age: '65' }, true],
    [{ age: { gt: 10 } }, { age: '9' }, false],
    [{ beta: true }, { beta: true }, true],
    [{ beta: false }, {}, false],
    [{ id: 42 }, { id: '42' }, true],
    [{ id: '42' }, { id: 42 }, true],
    [{ email: { endsWith: '@example.com' } }, { email: 'a@example.com' }, true],
    [{ email: { endsWith: '@example.com' } }, { email: null }, false],
    [{ email: { exists: false } }, { email: null }, true],
    [{ email: { contains: '@' } }, { email: { at: '@' } }, false],
    [{ roles: 'admin' }, { roles: ['dev', 'admin'] }, true],
    [{ roles: 'admin' }, { roles: [] }, false],
    [{ roles: { startsWith: 'ad' } }, { roles: ['dev', 7, 'admin'] }, true],
    [{ app: { semver: '>=2.0.0' } }, { app: '2.0.0-rc.2' }, false],
    [{ since: { after: '2026-01-01' } }, { since: '2026-03-01' }, true],
    [{ since: { after: '2026-01-01' } }, { since: 'soon' }, false],
    [{ name: { startsWith: 'äb', ignoreCase: true } }, { name: 'ÄBC' }, true],
  ])('%j of the context %j: %s', (matcher, context, isOn) => {
    const [[name, value] = []] = Object.entries<unknown>(matcher);
    const set = flagSet({ f: boolean({ rules: [{ if: { [`context.${name}`]: value }, serve: 'on' }] }) });
    expect(evaluated(set, 'f', { context }).variant?.value).toBe(isOn);
  });

  it('may ask for segments of the document, and for other flags', () => {
    const set = flagSet({
      $segments: {
        staff: { 'context.plan': 'staff' },
        insiders: { any: [{ segment: 'staff' }, { colo: 'AKL' }] },
      },
      parent: boolean({ rules: [{ if: { segment: 'insiders' }, serve: 'on' }] }),
      child: boolean({ rules: [{ if: { 'flag.parent': 'on' }, serve: 'on' }] }),
    });
    expect(told(set, 'child', { context: { plan: 'staff' } })).toBe('on TARGETING_MATCH');
    expect(told(set, 'child', { edge: { colo: 'AKL' } })).toBe('on TARGETING_MATCH');
    expect(told(set, 'child')).toBe('off DEFAULT');
  });

  it('leave over to the next one whom their share does not take', () => {
    const set = flagSet({
      f: {
        type: 'string',
        variants: { a: 'A', b: 'B' },
        rules: [
          { name: 'some', serve: 'a', share: 30 },
          { name: 'rest', serve: 'b' },
        ],
      },
    });
    const names = Array.from({ length: 100 }, (_, n) => evaluated(set, 'f', user(n)));
    expect(new Set(names.map(({ rule, variant }) => `${rule} ${variant?.name}`))).toEqual(
      new Set(['some a', 'rest b']),
    );
  });
});

describe('the kill switch', () => {
  const rules = [{ if: { 'context.plan': 'staff' }, serve: 'on' }, { serve: 'on' }];
  const staff = user('u', { plan: 'staff' });

  it('comes before any rule', () => {
    const set = flagSet({
      f: boolean({ enabled: false, rules }),
      none: boolean({ enabled: false, off: undefined }),
    });
    expect(told(set, 'f', staff)).toBe('off DISABLED');
    expect(told(set, 'none')).toBe('- DISABLED');
  });

  it('can be thrown from afar, before the document says so', () => {
    const set = flagSet({ f: boolean({ rules }) });
    expect(told(set, 'f', staff)).toBe('on TARGETING_MATCH');
    expect(told(set, 'f', { ...staff, off: ['f'] })).toBe('off DISABLED');
  });
});

describe('prerequisites', () => {
  const document = {
    parent: {
      type: 'string',
      variants: { blue: 'b', red: 'r' },
      off: 'red',
      rules: [{ if: { 'context.plan': 'pro' }, serve: 'blue' }],
    },
    child: boolean({ prerequisites: { parent: ['blue'] }, rules: [{ serve: 'on' }] }),
  };

  it('that are not met switch the flag off, and it says which', () => {
    const set = flagSet(document);
    expect(told(set, 'child', user('u', { plan: 'pro' }))).toBe('on DEFAULT');
    const evaluation = evaluated(set, 'child', user('u'));
    expect(evaluation).toMatchObject({ variant: { name: 'off' }, reason: 'DEFAULT' });
    expect(flagMetadata(evaluation, set.generation, true)).toMatchObject({ 'weir.prerequisite': 'parent' });
  });

  it('are not met by a flag that is switched off', () => {
    expect(told(flagSet(document), 'child', { ...user('u', { plan: 'pro' }), off: ['parent'] })).toBe(
      'off DEFAULT',
    );
  });

  it('are not met by a flag that is switched off, though its "off" is what is asked for', () => {
    const asking = { ...document, child: boolean({ prerequisites: { parent: 'red' }, default: 'on' }) };
    const stopped = { ...asking, parent: { ...document.parent, enabled: false } };
    expect(told(flagSet(asking), 'child', user('u'))).toBe('on DEFAULT');
    expect(told(flagSet(asking), 'child', { ...user('u'), off: ['parent'] })).toBe('off DEFAULT');
    expect(told(flagSet(stopped), 'child', user('u'))).toBe('off DEFAULT');
  });
});

describe('a flag that follows a rollout', () => {
  const set = flagSet({ f: boolean({ follows: 'canary', default: 'off' }) });

  it('is on for exactly the visitors on that variant', () => {
    expect(told(set, 'f', { variant: 'canary' })).toBe('on TARGETING_MATCH');
    expect(told(set, 'f', { variant: 'stable' })).toBe('off DEFAULT');
    expect(told(set, 'f')).toBe('off DEFAULT');
  });
});

describe('a schedule', () => {
  const at = (time: string) => Date.UTC(2026, 10, 23, ...(time.split(':').map(Number) as [number, number]));
  const set = flagSet({
    f: boolean({
      rules: [
        {
          serve: 'on',
          schedule: [
            { at: '2026-11-23T09:00:00Z', share: 20 },
            { at: '2026-11-23T09:30:00Z', share: 60 },
            { at: '2026-11-23T10:00:00Z', share: 100 },
          ],
        },
      ],
    }),
  });
  const on = (time: string) =>
    Array.from({ length: 1000 }, (_, n) => n).filter(
      n => evaluated(set, 'f', { ...user(n), edge: { time: at(time) } }).variant?.value === true,
    );

  it('gives each time its share, and nobody leaves while it grows', () => {
    expect(on('08:59')).toEqual([]);
    const [early, later] = [on('09:00'), on('09:30')];
    expect(early.length).toBeGreaterThan(150);
    expect(early.length).toBeLessThan(250);
    expect(later.length).toBeGreaterThan(540);
    expect(later.length).toBeLessThan(660);
    expect(later).toEqual(expect.arrayContaining(early));
    expect(on('10:00')).toHaveLength(1000);
  });
});

describe('the unit', () => {
  const set = flagSet({
    byUser: boolean({
      rules: [
        { if: { 'context.plan': 'staff' }, serve: 'on' },
        { serve: 'on', share: 50 },
      ],
    }),
    byCompany: boolean({ by: 'company', rules: [{ serve: 'on', share: 50 }] }),
    full: boolean({ rules: [{ serve: 'on', share: 100 }] }),
    none: boolean({ rules: [{ serve: 'on', share: 0 }] }),
  });

  it('is never made up: without a targetingKey a draw is an error, and the default where none can be told', () => {
    for (const targetingKey of [undefined, '', null, 1.5, true, { id: 1 }, ['a']]) {
      const evaluation = evaluated(set, 'byUser', user(targetingKey));
      expect(evaluation).toMatchObject({
        errorCode: 'TARGETING_KEY_MISSING',
        reason: 'ERROR',
        variant: { name: 'off' },
      });
    }
  });

  it('of another attribute that is missing gives the default, and says what was missing', () => {
    const evaluation = evaluated(set, 'byCompany', user('u'));
    expect(evaluation).toMatchObject({ variant: { name: 'off' }, reason: 'DEFAULT', errorCode: undefined });
    expect(flagMetadata(evaluation, set.generation, true)).toMatchObject({ 'weir.unit': 'company' });
  });

  it('is not needed where nothing is drawn', () => {
    expect(told(set, 'byUser', { context: { plan: 'staff' } })).toBe('on TARGETING_MATCH');
    expect(told(set, 'full')).toBe('on STATIC');
    expect(told(set, 'none')).toBe('off DEFAULT');
  });

  it('is the same as a number and as text', () => {
    const bucket = (key: unknown) => evaluated(set, 'byCompany', { context: { company: key } }).bucket;
    for (let n = 0; n < 20; n++) expect(bucket(n)).toBe(bucket(String(n)));
  });
});

describe('metadata', () => {
  it("has the document's own, the rule, the bucket and the generation", () => {
    const document = {
      f: boolean({ metadata: { owner: 'web', tier: 2 }, rules: [{ name: 'half', serve: 'on', share: 50 }] }),
    };
    const set = flagSet(document);
    const drawn = Array.from({ length: 20 }, (_, n) => evaluated(set, 'f', user(n)));
    const on = drawn.find(({ reason }) => reason === 'SPLIT')!;
    const metadata = flagMetadata(on, set.generation, true);
    expect(metadata).toEqual({
      owner: 'web',
      tier: 2,
      'weir.rule': 'half',
      'weir.bucket': on.bucket,
      'weir.generation': set.generation,
    });
    expect(set.generation).toMatch(/^[0-9a-f]{16}$/);
    expect(flagSet({ ...document, other: boolean() }).generation).not.toBe(set.generation);
  });
});
