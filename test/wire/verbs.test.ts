/** The verbs over HTTP, against the real controller: one rollout, told one thing after the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseIntervals } from '../../cli/interval-file.ts';
import type { RolloutStatus } from '../../src/core/rollout/status.ts';
import { Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { namedOrigin, startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, startTestWeir, TEAM, type TestWeir } from '../support/weir.ts';

const PLAN = {
  steps: [
    { weight: 10, hold: '1h' },
    { weight: 100, hold: '1h' },
  ],
};

let variants: Variants;
let weir: TestWeir;

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir({ variables: TEAM });
  const rules = [{ name: 'staff', if: { 'header.x-team': 'web' }, serve: 'canary' }];
  const put = await weir.admin('/api/rollouts/default', {
    method: 'PUT',
    body: variants.document({ plan: PLAN, rules }),
  });
  expect(put.status).toBe(200);
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

async function ask(method: string, path: string, body?: unknown, token = 'op-secret') {
  const response = await fetch(`${weir.url}/__weir/api${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const type = response.headers.get('content-type');
  return {
    status: response.status,
    isProblem: type === 'application/problem+json',
    body: (await response.json()) as Record<string, unknown> & { errors?: { path: string }[] },
  };
}

const tell = (verb: string, body?: unknown, token?: string, path = '/rollouts/default') =>
  ask('POST', `${path}/${verb}`, body, token);
const status = async () => (await ask('GET', '/rollouts/default')).body as unknown as RolloutStatus;
const weightInKv = async () => (await weir.miniflare.getKVNamespace('ROLLOUTS')).get('weight:default');

describe('the verbs', () => {
  it.each([
    ['pause', /start/],
    ['resume', /start/],
    ['approve', /start/],
    ['promote', /start/],
  ])('%s is refused while nothing was started, and says what would help', async (verb, help) => {
    const { status, isProblem, body } = await tell(verb);
    expect([status, isProblem, body['detail']]).toEqual([409, true, expect.stringMatching(help) as string]);
  });

  it.each([
    ['start', { versoin: '2' }, 'op-secret', 422, ['$']],
    ['start', { version: '' }, 'op-secret', 422, ['$.version']],
    ['pause', { reason: 'x'.repeat(501) }, 'op-secret', 422, ['$.reason']],
    ['promote', { force: true }, 'op-secret', 422, ['$.reason']],
    ['freeze', { until: 'soon' }, 'op-secret', 422, ['$.until']],
    ['rollback', {}, 'view-secret', 403, undefined],
    ['adopt', {}, 'op-secret', 403, undefined],
  ])('%s %j with the token %s is refused: %i', async (verb, body, token, code, paths) => {
    const answer = await tell(verb, body, token);
    expect([answer.status, answer.isProblem, answer.body.errors?.map(({ path }) => path)]).toEqual([
      code,
      true,
      paths,
    ]);
  });

  it('start begins at step one, and once more changes nothing', async () => {
    const started = await tell('start');
    expect([started.status, started.body]).toEqual([
      200,
      expect.objectContaining({ name: 'default', changed: true }),
    ]);
    const again = await tell('start');
    expect([again.status, again.body['changed']]).toEqual([200, false]);
    await eventually('weight 10', async () => (await weightInKv()) === '10');
    expect(await status()).toMatchObject({
      phase: 'progressing',
      delivery: { run: { candidate: 'canary', startedBy: 'olga', attempt: 1 } },
    });
  });

  it('a weight above the plan needs force and a reason', async () => {
    const put = (query: string) => ask('PUT', `/rollouts/default/weight${query}`, 50);
    expect(await put('')).toMatchObject({ status: 409, isProblem: true });
    expect(await put('?force=1')).toMatchObject({ status: 422, body: { errors: [{ path: '?reason' }] } });
    expect(await put('?force=perhaps')).toMatchObject({
      status: 422,
      body: { errors: [{ path: '?force' }] },
    });
    expect(await weightInKv()).toBe('10');
  });

  it('pause and resume say what they did', async () => {
    expect(await tell('pause', { reason: 'lunch' })).toMatchObject({
      status: 200,
      body: { changed: true, delivery: { phase: 'paused' } },
    });
    expect(await tell('resume')).toMatchObject({ status: 200, body: { delivery: { phase: 'progressing' } } });
  });

  it('freeze holds one, or all, until it ends', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const all = await ask('POST', '/freeze', { until, reason: 'holidays' });
    expect(all).toMatchObject({ status: 200, body: { rollouts: ['default'], failed: [] } });
    expect((await status()).delivery.freeze).toMatchObject({ reason: 'holidays' });
    await tell('freeze', { until: null });
    expect((await status()).delivery.freeze).toBeNull();
  });

  it('disable sends everyone to stable, enable ends that; an operator may', async () => {
    expect(await tell('disable')).toMatchObject({ status: 200, body: { written: true } });
    expect(await status()).toMatchObject({ enabled: false });
    expect(await tell('enable')).toMatchObject({ status: 200 });
    expect(await status()).toMatchObject({ enabled: true });
  });

  it('rollback is never refused: weight and rules, at once, and a second time nothing is left to do', async () => {
    expect(await tell('rollback', { reason: 'smoke' })).toMatchObject({
      status: 200,
      body: { changed: true, delivery: { phase: 'rolled-back' } },
    });
    expect(await tell('rollback')).toMatchObject({ status: 200, body: { changed: false } });
    await eventually('weight 0', async () => (await weightInKv()) === '0');
    await eventually('the rule holds nobody', async () => {
      const { text } = await new Visitor().visit(weir.url, { 'x-team': 'web' });
      return text === 'stable';
    });
  });

  it.each([
    ['an empty reason', '{"reason":""}'],
    ['an endless one', JSON.stringify({ reason: 'x'.repeat(40_000) })],
    ['broken JSON', '{"reason"'],
  ])('rollback is not refused for its body either: %s', async (_, body) => {
    const response = await weir.admin('/api/rollouts/default/rollback', { method: 'POST', body });
    expect(response.status).toBe(200);
  });

  it('rollback of what was never there says so', async () => {
    expect(await ask('POST', '/rollouts/nowhere.example/rollback')).toMatchObject({
      status: 404,
      isProblem: true,
    });
  });

  it('names a weight by hand that has no effect, and what would give it one', async () => {
    await weir.putKv('weight:default', '25');
    const problems = await eventually('the problem', async () => {
      const { problems } = await status();
      return problems.length > 0 && problems;
    });
    expect(problems).toEqual([
      {
        key: 'weight:default',
        path: '$',
        message: expect.stringMatching(/^weight 25 has no effect: rolled back .*weir start/) as string,
      },
    ]);
  });

  it('start does not retry a candidate that failed, unless told so', async () => {
    expect(await tell('start')).toMatchObject({ status: 409 });
    expect(await tell('start', { again: true })).toMatchObject({
      status: 200,
      body: { delivery: { run: { attempt: 2 } } },
    });
  });
});

describe('rollback after completion', () => {
  it('is done at once, and says where the old stable gives no answer', async () => {
    const path = '/rollouts/gone-stable.example';
    const stable = await namedOrigin('stable');
    const document = {
      variants: { stable: { origin: stable.url }, canary: { origin: variants.canary.url } },
      plan: { steps: [{ weight: 100, hold: '1h' }] },
    };
    await ask('PUT', path, document, ADMIN_TOKEN);
    await tell('start', undefined, undefined, path);
    await eventually('the last step', async () => (await ask('GET', path)).body['phase'] === 'baking');
    expect(await tell('promote', { force: true, reason: 'test' }, undefined, path)).toMatchObject({
      body: { delivery: { phase: 'completed' } },
    });
    await stable.close();
    expect(await tell('rollback', undefined, undefined, path)).toMatchObject({
      status: 200,
      body: {
        message: expect.stringMatching(/still scaled up.*gave no answer/) as string,
        delivery: { phase: 'rolled-back' },
      },
    });
  });
});

describe('start with a version', () => {
  const path = '/rollouts/versions.example';
  const start = (version: string) => ask('POST', `${path}/start`, { version });
  const found = async () => {
    const { body } = await ask('GET', path);
    const { phase, weight, delivery, variants } = body as unknown as RolloutStatus;
    return [phase, weight?.value, variants['canary']?.version, delivery.run?.version];
  };

  it('changes document and traffic only once the candidate has answered, and says what it did', async () => {
    const canary = await namedOrigin('canary');
    const put = (origin: string) =>
      ask(
        'PUT',
        path,
        {
          variants: { stable: { origin: variants.stable.url }, canary: { origin, version: '1' } },
          plan: PLAN,
        },
        ADMIN_TOKEN,
      );
    await put('http://127.0.0.1:9');
    await ask('PUT', `${path}/weight`, 50);
    expect(await start('2')).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/no answer/) as string },
    });
    expect(await found()).toEqual(['idle', 50, '1', undefined]);

    await put(canary.url);
    await ask('PUT', `${path}/weight`, 50);
    expect(await start('2')).toMatchObject({
      status: 200,
      body: {
        changed: true,
        message: expect.stringMatching(/Started canary version 2.*weight 0 until/) as string,
      },
    });
    expect(await start('3')).toMatchObject({
      status: 200,
      body: { changed: true, message: expect.stringMatching(/Restarted with canary version 3/) as string },
    });

    await canary.close();
    expect((await start('4')).status).toBe(409);
    expect(await found()).toEqual(['progressing', expect.any(Number), '3', '3']);
  });
});

describe('a document that was written by hand and replaced, while a stale cache still shows it', () => {
  const path = '/rollouts/stale.example';
  const current = async () => (await ask('GET', `${path}/documents?revision=current`)).body['document'];

  it.each(['disable', 'enable'])('is not brought back by %s', async verb => {
    const old = variants.document({ salt: `old ${verb}` });
    const put = variants.document({ salt: `new ${verb}` });
    await weir.putKv('rollout:stale.example', old);
    expect(await current()).toMatchObject({ salt: `old ${verb}` });
    await ask('PUT', path, JSON.parse(put), ADMIN_TOKEN);
    await weir.putKv('rollout:stale.example', old);
    expect(await current()).toMatchObject({ salt: `new ${verb}` });
    expect((await tell(verb, undefined, undefined, path)).status).toBe(200);
    expect(await current()).toMatchObject({ salt: `new ${verb}`, enabled: verb === 'enable' });
  });
});

describe('what is kept', () => {
  it('lists documents with who put them and what changed; the text is for operators', async () => {
    const { body } = await ask('GET', '/rollouts/default/documents', undefined, 'view-secret');
    const { documents } = body as unknown as {
      documents: { revision: number; by: string; changed: string[] | null }[];
    };
    expect(documents.map(({ by, changed }) => [by, changed])).toEqual([
      ['olga', ['$.enabled']],
      ['olga', ['$.enabled']],
      ['ada', null],
    ]);
    const first = `/rollouts/default/documents?revision=${documents.at(-1)!.revision}`;
    expect((await ask('GET', first, undefined, 'view-secret')).status).toBe(403);
    expect(await ask('GET', first)).toMatchObject({ status: 200, body: { document: { plan: PLAN } } });
    expect((await ask('GET', '/rollouts/default/documents?revision=9999')).status).toBe(404);
    expect((await ask('GET', '/rollouts/default/documents?revision=x')).status).toBe(400);
  });

  it('keeps a report of what was started, with who decided what', async () => {
    const { body } = await ask('GET', '/rollouts/default/reports');
    const { reports } = body as unknown as { reports: { id: number; outcome: string | null }[] };
    const failed = reports.find(({ outcome }) => outcome === 'rolled-back');
    expect(failed).toBeDefined();
    const report = await ask('GET', `/rollouts/default/reports/${failed!.id}`);
    expect(JSON.stringify(report.body['decisions'])).toContain('smoke');
    expect((await ask('GET', '/rollouts/default/reports/999')).status).toBe(404);
  });

  it('gives the judged intervals as JSON lines', async () => {
    await new Visitor().visit(weir.url);
    const text = await eventually('an interval', async () => {
      const response = await weir.admin('/api/rollouts/default/intervals?window=5m');
      expect(response.headers.get('content-type')).toBe('application/jsonl');
      const text = await response.text();
      return text !== '' && text;
    });
    const parsed = parseIntervals(text);
    expect(parsed).toMatchObject({ ok: true });
  });

  it('is removed only while the rollout is idle', async () => {
    expect((await ask('DELETE', '/rollouts/default')).status).toBe(403);
    expect(await ask('DELETE', '/rollouts/default', undefined, ADMIN_TOKEN)).toMatchObject({ status: 409 });
    const name = 'gone.example';
    const path = `/rollouts/${name}`;
    await weir.admin(`/api${path}`, { method: 'PUT', body: variants.document() });
    expect((await ask('GET', path)).status).toBe(200);
    expect(await ask('DELETE', path, undefined, ADMIN_TOKEN)).toMatchObject({
      status: 200,
      body: { removed: true },
    });
    expect(await (await weir.miniflare.getKVNamespace('ROLLOUTS')).get(`rollout:${name}`)).toBeNull();
  });
});
