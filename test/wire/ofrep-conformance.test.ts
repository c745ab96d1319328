/** Every kind of answer, byte for byte what OFREP's OpenAPI file says (as repaired in support/ofrep-schema.ts). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFlagWeir, type FlagWeir } from '../support/flag-weir.ts';
import { hasOfrepSchema, ofrepFaults, publishedFaults } from '../support/ofrep-schema.ts';
import { BROWSER_KEY, type Question } from '../support/ofrep-client.ts';

const VIEWER_TOKEN = 'viewer-token-of-the-tests';

const SWITCH = { type: 'boolean', variants: { on: true, off: false }, off: 'off' };
const FLAGS = {
  plain: { ...SWITCH, default: 'on', client: true, metadata: { owner: 'checkout', size: 3, live: true } },
  text: { type: 'string', variants: { greeting: 'hi', empty: '' }, default: 'empty' },
  count: { type: 'integer', variants: { none: 0, ten: 10 }, default: 'ten' },
  ratio: { type: 'number', variants: { tenth: 0.1 }, default: 'tenth' },
  layout: { type: 'object', variants: { wide: { columns: [1, 2], title: 'Hi' } }, default: 'wide' },
  targeted: { ...SWITCH, rules: [{ name: 'pro', if: { 'context.plan': 'pro' }, serve: 'on' }] },
  drawn: { ...SWITCH, rules: [{ name: 'half', weights: { on: 50, off: 50 } }] },
  killed: { ...SWITCH, enabled: false },
  valueless: { type: 'string', variants: { a: 'a' }, enabled: false },
  broken: { type: 'boolean', variants: { on: 'yes' }, client: true },
};

const user = { targetingKey: 'user-1' };

const ENDPOINTS: readonly (readonly [name: string, question: Question])[] = [
  ['one flag', { flag: 'plain' }],
  ['all flags', {}],
];

interface Case {
  readonly what: string;
  readonly question?: Question;
  readonly status: number;
  readonly schema: string;
  /** What more the body has. */
  readonly body?: object;
}

const CASES: readonly Case[] = [
  ...Object.entries({
    plain: {
      value: true,
      variant: 'on',
      reason: 'STATIC',
      metadata: { owner: 'checkout', size: 3, live: true },
    },
    text: { value: '', variant: 'empty', reason: 'STATIC' },
    count: { value: 10, variant: 'ten', reason: 'STATIC' },
    ratio: { value: 0.1, variant: 'tenth', reason: 'STATIC' },
    layout: { value: { columns: [1, 2], title: 'Hi' }, variant: 'wide', reason: 'STATIC' },
    targeted: { value: false, variant: 'off', reason: 'DEFAULT' },
    drawn: { reason: 'SPLIT', metadata: { 'weir.rule': 'half' } },
    killed: { value: false, variant: 'off', reason: 'DISABLED' },
    valueless: { reason: 'DISABLED' },
  }).map(([key, body]) => ({
    what: `the flag "${key}"`,
    question: { flag: key, context: user },
    status: 200,
    schema: 'serverEvaluationSuccess',
    body: { key, ...body },
  })),
  {
    what: 'a rule that holds',
    question: { flag: 'targeted', context: { ...user, plan: 'pro' } },
    status: 200,
    schema: 'serverEvaluationSuccess',
    body: { key: 'targeted', value: true, variant: 'on', reason: 'TARGETING_MATCH' },
  },
  {
    what: 'a key with percent-encoded letters',
    question: { flag: '%70lain' },
    status: 200,
    schema: 'serverEvaluationSuccess',
    body: { key: 'plain' },
  },
  {
    what: 'no body at all, for a flag that needs nothing of it',
    question: { flag: 'plain', body: '' },
    status: 200,
    schema: 'serverEvaluationSuccess',
  },
  {
    what: 'a flag that is not there',
    question: { flag: 'nothing' },
    status: 404,
    schema: 'flagNotFound',
    body: { key: 'nothing', errorCode: 'FLAG_NOT_FOUND' },
  },
  {
    what: "a browser's key for a flag that is not for browsers",
    question: { flag: 'targeted', key: BROWSER_KEY },
    status: 404,
    schema: 'flagNotFound',
    body: { key: 'targeted', errorCode: 'FLAG_NOT_FOUND' },
  },
  {
    what: 'a key in X-API-Key',
    question: { flag: 'plain', key: null, headers: { 'x-api-key': BROWSER_KEY } },
    status: 200,
    schema: 'serverEvaluationSuccess',
  },
  {
    what: 'a draw without a targetingKey',
    question: { flag: 'drawn', context: { plan: 'pro' } },
    status: 400,
    schema: 'evaluationFailure',
    body: { key: 'drawn', errorCode: 'TARGETING_KEY_MISSING' },
  },
  {
    what: 'a malformed flag',
    question: { flag: 'broken' },
    status: 400,
    schema: 'evaluationFailure',
    body: { key: 'broken', errorCode: 'PARSE_ERROR' },
  },
  {
    what: 'a context that is a list',
    question: { flag: 'plain', body: '{"context":[]}' },
    status: 400,
    schema: 'evaluationFailure',
    body: { key: 'plain', errorCode: 'INVALID_CONTEXT' },
  },
  {
    what: 'a body that is no JSON',
    question: { flag: 'plain', body: '{' },
    status: 400,
    schema: 'evaluationFailure',
    body: { key: 'plain', errorCode: 'PARSE_ERROR' },
  },
  {
    what: 'all flags',
    question: { context: user },
    status: 200,
    schema: 'bulkEvaluationSuccess',
  },
  {
    what: 'all flags for a context that is a text',
    question: { body: '{"context":"user-1"}' },
    status: 400,
    schema: 'bulkEvaluationFailure',
    body: { errorCode: 'INVALID_CONTEXT' },
  },
  {
    what: 'all flags for a body that is no JSON',
    question: { body: 'nonsense' },
    status: 400,
    schema: 'bulkEvaluationFailure',
    body: { errorCode: 'PARSE_ERROR' },
  },
];

describe.skipIf(!hasOfrepSchema)('OFREP, by its OpenAPI file (skipped where ../shared is absent)', () => {
  let weir: FlagWeir;

  beforeAll(async () => {
    weir = await startFlagWeir({ VIEWER_TOKEN });
    await weir.putFlags(JSON.stringify(FLAGS), 'plain', 'checkout');
  });
  afterAll(() => weir.stop());

  it('as published, the file still rejects every answer with a value, and the reason DEFAULT', () => {
    expect(publishedFaults('evaluationSuccess', { key: 'a', reason: 'STATIC', value: true })).not.toBe('');
    expect(publishedFaults('evaluationSuccess', { key: 'a', reason: 'DEFAULT' })).not.toBe('');
    expect(ofrepFaults('evaluationSuccess', { key: 'a', reason: 'BECAUSE', value: true })).not.toBe('');
  });

  it.each(CASES)('answers $what with $status', async ({ question, status, schema, body = {} }) => {
    const answer = await weir.ask(question);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/json\b/);
    expect(ofrepFaults(schema, answer.json())).toBe('');
    expect(answer.json()).toMatchObject(body);
  });

  it('leaves the value to the caller where a flag has none', async () => {
    const reply = (await weir.ask({ flag: 'valueless' })).json();
    expect(Object.keys(reply)).not.toContain('value');
    expect(Object.keys(reply)).not.toContain('variant');
  });

  it('has a malformed flag as one item of all, which costs no other', async () => {
    const items = (await weir.ask({ context: user })).json().flags ?? [];
    expect(items.map(({ key }) => key)).toEqual(Object.keys(FLAGS));
    expect(items.filter(({ errorCode }) => errorCode !== undefined).map(({ key }) => key)).toEqual([
      'broken',
    ]);
  });

  it('answers 304 without a body while nothing has changed, and 200 for another context of the same user', async () => {
    const etag = (await weir.ask({ context: user })).headers.etag ?? '';
    const headers = { 'if-none-match': etag };
    const same = await weir.ask({ context: user, headers });
    expect([same.status, same.text, same.headers.etag]).toEqual([304, '', etag]);

    const changed = await weir.ask({ context: { ...user, plan: 'pro' }, headers });
    expect(changed.status).toBe(200);
    expect(ofrepFaults('bulkEvaluationSuccess', changed.json())).toBe('');
  });

  it.each(ENDPOINTS)('answers 401 to no key and to a wrong one (%s)', async (_, of) => {
    for (const key of [null, 'a-key-that-nobody-has'])
      expect((await weir.ask({ ...of, key })).status).toBe(401);
  });

  it.each(ENDPOINTS)('answers 403 to a token that is for something else (%s)', async (_, of) => {
    expect((await weir.ask({ ...of, key: VIEWER_TOKEN })).status).toBe(403);
  });

  it.each(ENDPOINTS)('answers 405 to a GET and says what it takes (%s)', async (_, of) => {
    const { status, headers } = await weir.ask({ ...of, method: 'GET' });
    expect(status).toBe(405);
    expect(headers.allow).toContain('POST');
  });

  it.each(ENDPOINTS)('answers 413 to a body too large (%s)', async (_, of) => {
    const answer = await weir.ask({ ...of, context: { big: 'x'.repeat(2 ** 17) } });
    expect(answer.status).toBe(413);
    expect(
      ofrepFaults(of.flag === undefined ? 'bulkEvaluationFailure' : 'evaluationFailure', answer.json()),
    ).toBe('');
  });
});
