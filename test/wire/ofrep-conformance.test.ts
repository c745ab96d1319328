/** Every kind of answer, byte for byte what OFREP's OpenAPI file says (as repaired in support/ofrep-schema.ts). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../support/client.ts';
import { hasOfrepSchema, ofrepFaults, publishedFaults } from '../support/ofrep-schema.ts';
import { FLAG_SECRETS, startFlagWeir, type FlagWeir, type OfrepRequest } from '../support/ofrep.ts';

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

interface Case {
  readonly what: string;
  readonly key?: string;
  readonly request?: OfrepRequest;
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
    key,
    request: { body: { context: user } },
    status: 200,
    schema: 'serverEvaluationSuccess',
    body: { key, ...body },
  })),
  {
    what: 'a rule that holds',
    key: 'targeted',
    request: { body: { context: { ...user, plan: 'pro' } } },
    status: 200,
    schema: 'serverEvaluationSuccess',
    body: { key: 'targeted', value: true, variant: 'on', reason: 'TARGETING_MATCH' },
  },
  {
    what: 'a key with percent-encoded letters',
    key: '%70lain',
    status: 200,
    schema: 'serverEvaluationSuccess',
    body: { key: 'plain' },
  },
  {
    what: 'no body at all, for a flag that needs nothing of it',
    key: 'plain',
    request: { body: '' },
    status: 200,
    schema: 'serverEvaluationSuccess',
  },
  {
    what: 'a flag that is not there',
    key: 'nothing',
    status: 404,
    schema: 'flagNotFound',
    body: { key: 'nothing', errorCode: 'FLAG_NOT_FOUND' },
  },
  {
    what: "a browser's key for a flag that is not for browsers",
    key: 'targeted',
    request: { secret: FLAG_SECRETS.browser },
    status: 404,
    schema: 'flagNotFound',
    body: { key: 'targeted', errorCode: 'FLAG_NOT_FOUND' },
  },
  {
    what: 'a key in X-API-Key',
    key: 'plain',
    request: { secret: null, headers: { 'x-api-key': FLAG_SECRETS.browser } },
    status: 200,
    schema: 'serverEvaluationSuccess',
  },
  {
    what: 'a draw without a targetingKey',
    key: 'drawn',
    request: { body: { context: { plan: 'pro' } } },
    status: 400,
    schema: 'evaluationFailure',
    body: { key: 'drawn', errorCode: 'TARGETING_KEY_MISSING' },
  },
  {
    what: 'a malformed flag',
    key: 'broken',
    status: 400,
    schema: 'evaluationFailure',
    body: { key: 'broken', errorCode: 'PARSE_ERROR' },
  },
  {
    what: 'a context that is a list',
    key: 'plain',
    request: { body: { context: [] } },
    status: 400,
    schema: 'evaluationFailure',
    body: { key: 'plain', errorCode: 'INVALID_CONTEXT' },
  },
  {
    what: 'a body that is no JSON',
    key: 'plain',
    request: { body: '{' },
    status: 400,
    schema: 'evaluationFailure',
    body: { key: 'plain', errorCode: 'PARSE_ERROR' },
  },
  {
    what: 'all flags',
    request: { body: { context: user } },
    status: 200,
    schema: 'bulkEvaluationSuccess',
  },
  {
    what: 'all flags for a context that is a text',
    request: { body: { context: 'user-1' } },
    status: 400,
    schema: 'bulkEvaluationFailure',
    body: { errorCode: 'INVALID_CONTEXT' },
  },
  {
    what: 'all flags for a body that is no JSON',
    request: { body: 'nonsense' },
    status: 400,
    schema: 'bulkEvaluationFailure',
    body: { errorCode: 'PARSE_ERROR' },
  },
];

describe.skipIf(!hasOfrepSchema)('OFREP, by its OpenAPI file (skipped where ../shared is absent)', () => {
  let weir: FlagWeir;

  beforeAll(async () => {
    weir = await startFlagWeir({ VIEWER_TOKEN });
    await weir.putFlags(FLAGS, 'plain', ({ status }) => status === 200);
  });
  afterAll(() => weir.stop());

  it('as published, the file still rejects every answer with a value, and the reason DEFAULT', () => {
    expect(publishedFaults('evaluationSuccess', { key: 'a', reason: 'STATIC', value: true })).not.toBe('');
    expect(publishedFaults('evaluationSuccess', { key: 'a', reason: 'DEFAULT' })).not.toBe('');
    expect(ofrepFaults('evaluationSuccess', { key: 'a', reason: 'BECAUSE', value: true })).not.toBe('');
  });

  it.each(CASES)('answers $what with $status', async ({ key, request, status, schema, body = {} }) => {
    const answer = await weir.ask(key, request);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(ofrepFaults(schema, answer.json)).toBe('');
    expect(answer.json).toMatchObject(body);
  });

  it('leaves the value to the caller where a flag has none', async () => {
    const { json } = await weir.ask('valueless');
    expect(Object.keys(json)).not.toContain('value');
    expect(Object.keys(json)).not.toContain('variant');
  });

  it('has a malformed flag as one item of all, which costs no other', async () => {
    const { json } = await weir.ask(undefined, { body: { context: user } });
    const items = json['flags'] as { key: string; errorCode?: string }[];
    expect(items.map(({ key }) => key)).toEqual(Object.keys(FLAGS));
    expect(items.filter(({ errorCode }) => errorCode !== undefined).map(({ key }) => key)).toEqual([
      'broken',
    ]);
  });

  it('answers 304 without a body while nothing has changed, and 200 for another context of the same user', async () => {
    const body = { context: user };
    const etag = (await weir.ask(undefined, { body })).headers.get('etag') ?? '';
    const headers = { 'if-none-match': etag };
    const same = await weir.ask(undefined, { body, headers });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);

    const changed = await weir.ask(undefined, { body: { context: { ...user, plan: 'pro' } }, headers });
    expect(changed.status).toBe(200);
    expect(ofrepFaults('bulkEvaluationSuccess', changed.json)).toBe('');
  });

  it.each([undefined, 'plain'])('answers 401 to no key and to a wrong one (flag: %s)', async key => {
    for (const secret of [null, 'a-key-that-nobody-has'])
      expect((await weir.ask(key, { secret })).status).toBe(401);
  });

  it.each([undefined, 'plain'])('answers 403 to a token that is for something else (flag: %s)', async key => {
    expect((await weir.ask(key, { secret: VIEWER_TOKEN })).status).toBe(403);
  });

  it.each([undefined, 'plain'])('answers 405 to a GET and says what it takes (flag: %s)', async key => {
    const { status, headers } = await weir.ask(key, { method: 'GET' });
    expect(status).toBe(405);
    expect(headers.get('allow')).toContain('POST');
  });

  it.each([undefined, 'plain'])('answers 413 to a body too large (flag: %s)', async key => {
    const { status, json } = await weir.ask(key, { body: { context: { big: 'x'.repeat(2 ** 20) } } });
    expect(status).toBe(413);
    expect(ofrepFaults(key === undefined ? 'bulkEvaluationFailure' : 'evaluationFailure', json)).toBe('');
  });

  it('answers 429 to who asks too often, and says when to go on, in whole seconds', async () => {
    const answers = await inParallel(400, 16, () => weir.ask('plain', { secret: FLAG_SECRETS.browser }));
    const refused = answers.filter(({ status }) => status === 429);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    for (const { headers } of refused) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  });
});
