import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/core/rollout/compile.ts';
import { murmur3 } from '../../src/core/rollout/hash.ts';
import { documentText, noSecrets, rolloutOf } from '../support/documents.ts';

const stable = { origin: 'https://stable.example' };

function problemsOf(document: unknown): readonly { path: string; message: string }[] {
  const compiled = compileDocument(
    typeof document === 'string' ? document : JSON.stringify(document),
    'shop.example',
    noSecrets,
  );
  return compiled.ok ? [] : compiled.error;
}

describe('a document', () => {
  it('needs only its variants', () => {
    const rollout = rolloutOf();
    expect(rollout.variants.map(variant => variant.name)).toEqual(['stable', 'canary']);
    expect(rollout).toMatchObject({
      enabled: true,
      cookie: { name: 'weir', maxAgeDays: 30, sameSite: 'Lax' },
      proxy: { timeoutMs: 30_000, bodyTimeoutMs: null, exposeVariant: false },
    });
  });

  it('puts stable first and keeps the order of the candidates', () => {
    const variants = { b: stable, a: stable, stable };
    expect(rolloutOf(JSON.stringify({ variants })).variants.map(variant => variant.name)).toEqual([
      'stable',
      'b',
      'a',
    ]);
  });

  it('salts with its name and the version of the canary unless it says otherwise', () => {
    const versioned = documentText({ variants: { stable, canary: { ...stable, version: '7' } } });
    expect(rolloutOf(versioned, 'shop.example').seed).toBe(murmur3('shop.example@7'));
    expect(rolloutOf(documentText({ salt: 'checkout' })).seed).toBe(murmur3('checkout'));
  });

  it.each([
    ['no JSON', '{', '$', 'not JSON'],
    ['another type', '[]', '$', 'expected object'],
    ['no variants', {}, '$.variants', 'expected record'],
    ['no stable', { variants: { canary: stable } }, '$.variants', 'expected a variant named "stable"'],
    [
      'four variants',
      { variants: { stable, a: stable, b: stable, c: stable } },
      '$.variants',
      'at most two candidates',
    ],
    [
      'a variant name with a space',
      { variants: { stable, 'a b': stable } },
      '$.variants["a b"]',
      'lower-case name',
    ],
    [
      'a __proto__ key',
      '{"variants":{"stable":{"origin":"https://a.example"},"__proto__":{}}}',
      '$',
      '"__proto__"',
    ],
    ['a text of 300,000 characters', ' '.repeat(300_000), '$', 'longer than'],
    ['an unknown key', { variants: { stable }, colour: 1 }, '$', '"colour"'],
    [
      'an unknown key inside',
      { variants: { stable: { ...stable, weight: 5 } } },
      '$.variants.stable',
      '"weight"',
    ],
    [
      'an origin with a path',
      { variants: { stable: { origin: 'https://x.example/app' } } },
      '$.variants.stable.origin',
      'expected an origin',
    ],
    [
      'an origin with credentials',
      { variants: { stable: { origin: 'https://a:b@x.example' } } },
      '$.variants.stable.origin',
      'expected an origin',
    ],
    [
      'an origin of another scheme',
      { variants: { stable: { origin: 'ftp://x.example' } } },
      '$.variants.stable.origin',
      'expected an origin',
    ],
    [
      'an origin with port 70000',
      { variants: { stable: { origin: 'https://x.example:70000' } } },
      '$.variants.stable.origin',
      'expected an origin',
    ],
    [
      'a secret that is not set',
      { variants: { stable: { origin: '$secret:NOPE' } } },
      '$.variants.stable.origin',
      'no secret of that name: $secret:NOPE',
    ],
    [
      'a header of the proxy',
      { variants: { stable: { ...stable, headers: { 'X-Forwarded-Host': 'x' } } } },
      '$.variants.stable.headers["X-Forwarded-Host"]',
      '',
    ],
    [
      'a header value with a line break',
      { variants: { stable: { ...stable, headers: { 'x-a': 'a\r\nb: c' } } } },
      '$.variants.stable.headers["x-a"]',
      'visible ASCII',
    ],
    [
      'a duration without a unit',
      { variants: { stable }, proxy: { timeout: '30' } },
      '$.proxy.timeout',
      'expected a duration like "30s"',
    ],
    [
      'a timeout of a day',
      { variants: { stable }, proxy: { timeout: '1d' } },
      '$.proxy.timeout',
      'between 1ms and 10m',
    ],
    [
      'a cookie name with a prefix',
      { variants: { stable }, sticky: { cookie: { name: '__Host-x' } } },
      '$.sticky.cookie.name',
      'not starting with "__"',
    ],
    [
      'a cookie for an hour',
      { variants: { stable }, sticky: { cookie: { maxAge: '1h' } } },
      '$.sticky.cookie.maxAge',
      'between 1d and 400d',
    ],
  ])('with %s is refused with the path and what was expected', (_, document, path, message) => {
    expect(problemsOf(document)).toContainEqual({
      path,
      message: expect.stringContaining(message) as string,
    });
  });

  it('is refused with every problem at once', () => {
    const problems = problemsOf({
      variants: { stable: { origin: 'x' } },
      salt: '',
      proxy: { timeout: 'soon' },
    });
    expect(problems.map(problem => problem.path).sort()).toEqual([
      '$.proxy.timeout',
      '$.salt',
      '$.variants.stable.origin',
    ]);
  });

  it('takes origins and headers from secrets and never shows them in a problem', () => {
    const text = JSON.stringify({
      variants: { stable: { origin: '$secret:ORIGIN', headers: { 'x-key': '$secret:KEY' } } },
    });
    const compiled = compileDocument(
      text,
      'default',
      name => ({ ORIGIN: 'https://hidden.example', KEY: 'k' })[name],
    );
    expect(compiled.ok && compiled.value.variants[0]).toMatchObject({
      origin: 'https://hidden.example',
      headers: [['x-key', 'k']],
    });
    const broken = compileDocument(
      text,
      'default',
      name => ({ ORIGIN: 'not a url, a password', KEY: 'k' })[name],
    );
    expect(JSON.stringify(broken)).not.toContain('password');
    expect(broken.ok).toBe(false);
  });

  it('refuses a secret that no header can carry', () => {
    const text = JSON.stringify({ variants: { stable: { ...stable, headers: { 'x-key': '$secret:KEY' } } } });
    const compiled = compileDocument(text, 'default', () => 'two\nlines');
    expect(compiled.ok ? [] : compiled.error).toEqual([
      { path: '$.variants.stable.headers["x-key"]', message: "$secret:KEY doesn't hold a header value" },
    ]);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        text => typeof compileDocument(text, 'default', noSecrets).ok === 'boolean',
      ),
    );
  });
});
