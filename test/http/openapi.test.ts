import { describe, expect, it } from 'vitest';
import { commandOf, VERBS } from '../../src/http/admin/command-bodies.ts';
import { openapi } from '../../src/http/openapi.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
interface App {
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

/** By its address, because the platform's types, which it needs, are not those of Node's programs. */
const appOf = async (file: string, name: string): Promise<App> =>
  ((await import(new URL(`../../src/http/admin/${file}`, import.meta.url).href)) as Record<string, App>)[
    name
  ]!;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

describe('openapi.json', () => {
  it('describes every route of the API, and none that is not there', async () => {
    const routes = (base: string, app: App) =>
      app.routes
        .filter(({ method }) => method !== 'ALL')
        .map(
          ({ method, path }) => `${method} ${base}${path === '/' ? '' : path.replaceAll(/:(\w+)/g, '{$1}')}`,
        );
    const served = new Set([
      ...routes('/__weir/api/rollouts', await appOf('rollouts.ts', 'rollouts')),
      ...routes('/__weir/api/freeze', await appOf('freeze-all.ts', 'freezeAll')),
    ]);
    const described = Object.entries(openapi.paths)
      .filter(([path]) => /^\/__weir\/api\/(?:rollouts|freeze)/.test(path))
      .flatMap(([path, methods]) =>
        Object.keys(methods)
          .filter(method => METHODS.includes(method))
          .map(method => `${method.toUpperCase()} ${path}`),
      );
    expect([...served].sort()).toEqual(described.sort());
  });

  it('refers only to schemas that it has', () => {
    const references = [...JSON.stringify(openapi).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(20);
    for (const [, name] of references) expect(Object.keys(openapi.components.schemas)).toContain(name);
  });

  it.each(VERBS)('names the keys that %s takes', verb => {
    const path = (openapi.paths as Record<string, unknown>)[`/__weir/api/rollouts/{name}/${verb}`] as {
      post: { requestBody: { content: { 'application/json': { schema: { properties: object } } } } };
    };
    const { properties } = path.post.requestBody.content['application/json'].schema;
    const examples: Record<string, unknown> = {
      version: '1.2',
      again: true,
      reason: 'because',
      force: true,
      undo: true,
      confirmed: true,
      until: '2026-11-24T08:00:00+13:00',
    };
    const body = Object.fromEntries(Object.keys(properties).map(key => [key, examples[key]]));
    expect(commandOf(verb, JSON.stringify(body), NOW)).toMatchObject({ ok: true, value: { verb } });
    const { ok } = commandOf(verb, JSON.stringify({ ...body, colour: 1 }), NOW);
    expect([verb, ok]).toEqual([verb, verb === 'rollback']);
  });
});

describe('a command', () => {
  it.each([
    ['start', '', { verb: 'start' }],
    ['start', '{"version":"1.2","again":true}', { verb: 'start', version: '1.2', again: true }],
    ['promote', '{"force":true,"reason":"r"}', { verb: 'promote', force: true, reason: 'r' }],
    ['freeze', '{"until":null}', { verb: 'freeze', until: null }],
    ['freeze', '{"until":"2026-11-23T13:00:00Z"}', { verb: 'freeze', until: NOW + 3_600_000 }],
  ] as const)('%s %s is understood', (verb, body, command) => {
    expect(commandOf(verb, body, NOW)).toEqual({ ok: true, value: command });
  });

  it.each([
    ['nothing', '', undefined],
    ['an empty reason', '{"reason":" "}', undefined],
    ['a reason', '{"reason":" checkout fails "}', 'checkout fails'],
    ['one that is too long', `{"reason":"${'x'.repeat(501)}"}`, 'x'.repeat(500)],
    ['one that is no text', '{"reason":7}', undefined],
    ['an unknown key', '{"raeson":"r","reason":"r"}', 'r'],
    ['broken JSON', '{"reason":', undefined],
    ['no object', 'null', undefined],
  ])('rollback is not refused for its body: %s', (_, body, reason) => {
    const command = reason === undefined ? { verb: 'rollback' } : { verb: 'rollback', reason };
    expect(commandOf('rollback', body, NOW)).toEqual({ ok: true, value: command });
  });

  it.each([
    ['start', '{', '$', 'expected a JSON object'],
    ['start', '[]', '$', 'expected object'],
    ['start', '{"versoin":"1"}', '$', 'versoin'],
    ['start', '{"version":""}', '$.version', 'expected string to have >=1 characters'],
    ['pause', `{"reason":"${'x'.repeat(501)}"}`, '$.reason', 'at most 500 characters'],
    ['pause', '{"reason":" "}', '$.reason', 'expected a reason'],
    ['promote', '{"force":true}', '$.reason', 'expected a reason beside "force"'],
    ['freeze', '', '$.until', 'expected a time like'],
    ['freeze', '{"until":"tomorrow"}', '$.until', 'expected a time like'],
    ['freeze', '{"until":"2026-11-23T11:00:00Z"}', '$.until', 'in the future'],
    ['freeze', '{"until":"2028-11-23T11:00:00Z"}', '$.until', 'at most 90 days'],
  ] as const)('%s %s is refused with its path', (verb, body, path, message) => {
    const result = commandOf(verb, body, NOW);
    expect(result.ok ? [] : result.error).toEqual([
      { path, message: expect.stringContaining(message) as string },
    ]);
  });
});
