import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Evaluator } from '../../../src/core/flags/evaluate.ts';
import {
  bulkAnswer,
  failureAnswer,
  isNotModified,
  parseOfrepBody,
  singleAnswer,
  type OfrepAnswer,
} from '../../../src/core/flags/ofrep.ts';
import { boolean, compiledFlags, evaluated, requestOf, user, type Caller } from '../../support/flags.ts';
import { hasOfrepSchema, ofrepFaults } from '../../support/ofrep-schema.ts';

const { set } = compiledFlags({
  switch: boolean({ default: 'on', metadata: { owner: 'web', tier: 2, old: false } }),
  text: { type: 'string', variants: { empty: '' }, default: 'empty' },
  whole: { type: 'integer', variants: { ten: 10 }, default: 'ten' },
  part: { type: 'number', variants: { half: 0.5 }, default: 'half' },
  thing: { type: 'object', variants: { it: { a: [1, null] } }, default: 'it' },
  staff: boolean({ rules: [{ if: { 'context.plan': 'staff' }, serve: 'on' }] }),
  drawn: boolean({ rules: [{ serve: 'on', share: 50 }] }),
  killed: boolean({ enabled: false }),
  bare: boolean({ enabled: false, off: undefined }),
  broken: { type: 'boolean' },
});

/** Status, and the body as the OpenAPI file wants it for that status. */
function answered({ status, body }: OfrepAnswer): unknown {
  const json: unknown = JSON.parse(body);
  const schema = { 200: 'serverEvaluationSuccess', 400: 'evaluationFailure', 404: 'flagNotFound' }[status];
  if (hasOfrepSchema) expect(ofrepFaults(schema, json)).toBe('');
  return { status, ...(json as object) };
}

function asked(key: string, caller: Caller = {}): unknown {
  return answered(singleAnswer(evaluated(set, key, caller), set, true));
}

function bulk(caller: Caller) {
  return bulkAnswer(
    new Evaluator(set, requestOf(caller)).all(() => true),
    set,
    true,
  );
}

describe('the body of a request', () => {
  it.each([
    ['', {}],
    ['{}', {}],
    ['{"context":{}}', {}],
    ['{"context":{"targetingKey":"u","age":3}}', { targetingKey: 'u', age: 3 }],
    ['{"context":{"targetingKey":7},"more":1}', { targetingKey: 7 }],
  ])('%s has a context', (text, value) => {
    expect(parseOfrepBody(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['{', 'PARSE_ERROR'],
    ['[]', 'INVALID_CONTEXT'],
    ['null', 'INVALID_CONTEXT'],
    ['{"context":[]}', 'INVALID_CONTEXT'],
    ['{"context":"u"}', 'INVALID_CONTEXT'],
    ['{"context":null}', 'INVALID_CONTEXT'],
  ])('%s is refused, with the flag that was asked for if there was one', (text, errorCode) => {
    const parsed = parseOfrepBody(text);
    if (parsed.ok) throw new Error('taken');
    expect(answered(failureAnswer(parsed.error, 'f'))).toMatchObject({ status: 400, key: 'f', errorCode });
    const alone: unknown = JSON.parse(failureAnswer(parsed.error).body);
    if (hasOfrepSchema) expect(ofrepFaults('bulkEvaluationFailure', alone)).toBe('');
    expect(alone).not.toHaveProperty('key');
  });

  it.each([
    ['[', ']'],
    ['{"context":[', ']}'],
  ])('however deep the list in %s goes, it is refused like any other', (open, close) => {
    const depth = 5000;
    const parsed = parseOfrepBody(open + '['.repeat(depth) + ']'.repeat(depth) + close);
    expect(parsed).toMatchObject({
      ok: false,
      error: { errorCode: 'INVALID_CONTEXT', errorDetails: expect.stringContaining('got a list') as string },
    });
  });
});

describe('one flag', () => {
  it.each([
    ['switch', true, 'on'],
    ['text', '', 'empty'],
    ['whole', 10, 'ten'],
    ['part', 0.5, 'half'],
    ['thing', { a: [1, null] }, 'it'],
  ])('%s is answered with its value, variant and reason', (key, value, variant) => {
    expect(asked(key)).toMatchObject({ status: 200, key, value, variant, reason: 'STATIC' });
  });

  it('tells why: by a rule, by a draw, by default, or because it is switched off', () => {
    expect(asked('staff', user('u', { plan: 'staff' }))).toMatchObject({
      value: true,
      reason: 'TARGETING_MATCH',
    });
    expect(asked('staff')).toMatchObject({ value: false, reason: 'DEFAULT' });
    expect(asked('killed')).toMatchObject({ value: false, variant: 'off', reason: 'DISABLED' });
    const reasons = Array.from(
      { length: 20 },
      (_, n) => (asked('drawn', user(n)) as { reason: string }).reason,
    );
    expect(new Set(reasons)).toEqual(new Set(['SPLIT', 'DEFAULT']));
  });

  it('without a value leaves it to the caller', () => {
    expect(asked('bare')).toEqual({
      status: 200,
      key: 'bare',
      reason: 'DISABLED',
      metadata: { 'weir.generation': set.generation },
    });
  });

  it('that needs a targetingKey, is malformed or is not there is an error, and says which', () => {
    expect(asked('drawn')).toMatchObject({ status: 400, key: 'drawn', errorCode: 'TARGETING_KEY_MISSING' });
    expect(asked('broken')).toMatchObject({ status: 400, key: 'broken', errorCode: 'PARSE_ERROR' });
    expect(asked('nothing')).toMatchObject({ status: 404, key: 'nothing', errorCode: 'FLAG_NOT_FOUND' });
  });

  it('has the metadata of the document beside our own', () => {
    expect(asked('switch')).toMatchObject({
      metadata: { owner: 'web', tier: 2, old: false, 'weir.generation': set.generation },
    });
  });
});

describe('all flags', () => {
  it('are answered together, broken ones as items', () => {
    const { status, body } = bulk({});
    const { flags } = JSON.parse(body) as { flags: { key: string; errorCode?: string }[] };
    expect(status).toBe(200);
    if (hasOfrepSchema) expect(ofrepFaults('bulkEvaluationSuccess', JSON.parse(body))).toBe('');
    expect(flags.filter(({ errorCode }) => errorCode !== undefined)).toMatchObject([
      { key: 'drawn', errorCode: 'TARGETING_KEY_MISSING' },
      { key: 'broken', errorCode: 'PARSE_ERROR' },
    ]);
    expect(flags).toHaveLength(set.flags.length);
  });

  it('have another tag as soon as any value is another, also for the same targetingKey', () => {
    const tag = (caller: Caller) => bulk(caller).etag;
    expect(tag(user('u'))).toBe(tag(user('u')));
    expect(tag(user('u', { plan: 'staff' }))).not.toBe(tag(user('u')));
    expect(tag({ ...user('u'), off: ['switch'] })).not.toBe(tag(user('u')));
    expect(tag(user('u'))).toMatch(/^"[0-9a-f]{16}"$/);
  });

  it('are valid for whatever a context holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('targetingKey', 'plan'), fc.jsonValue()), context => {
        const body: unknown = JSON.parse(bulk({ context }).body);
        if (hasOfrepSchema) expect(ofrepFaults('bulkEvaluationSuccess', body)).toBe('');
      }),
      { numRuns: 50 },
    );
  });
});

describe('If-None-Match', () => {
  it.each([
    ['"ab"', true],
    ['W/"ab"', true],
    ['"x", W/"ab"', true],
    ['*', true],
    ['"x"', false],
    ['ab', false],
    ['', false],
    [null, false],
  ])('%s', (header, expected) => {
    expect(isNotModified(header, '"ab"')).toBe(expected);
  });
});
