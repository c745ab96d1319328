import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get } from '../support/client.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

let weir: TestWeir;
beforeAll(async () => {
  weir = await startTestWeir();
});
afterAll(() => weir.stop());

const page = (path = '/__weir/', headers: Readonly<Record<string, string>> = {}) =>
  get(`${weir.url}${path}`, headers);

async function assets(): Promise<string[]> {
  const { text } = await page();
  return [...text.matchAll(/(?:src|href)="(dashboard\.[0-9a-f]{12}\.(?:js|css))"/g)].map(([, name]) => name!);
}

describe('the dashboard', () => {
  it('is one page with one script and one style, and nothing inline', async () => {
    const answer = await page();
    expect([answer.status, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    expect(await assets()).toHaveLength(2);
    expect(answer.text).not.toMatch(/<style|<script>|style=|onload=|\{\{/);
  });

  it.each(['js', 'css'])(
    'has a %s whose address changes with its content, kept for ever',
    async extension => {
      const name = (await assets()).find(asset => asset.endsWith(extension))!;
      const { status, headers } = await page(`/__weir/${name}`);
      expect([status, headers['cache-control'], headers['x-content-type-options']]).toEqual([
        200,
        'public, max-age=31536000, immutable',
        'nosniff',
      ]);
      expect((await page(`/__weir/${name.replace(/[0-9a-f]{12}/, '000000000000')}`)).status).toBe(404);
    },
  );

  it('allows its own script, style and API by their exact addresses, and nothing else', async () => {
    const { headers } = await page();
    const names = await assets();
    const at = (path: string): string => `${weir.url}/__weir/${path}`;
    const [script, style] = ['js', 'css'].map(kind => names.find(name => name.endsWith(kind)));
    expect(String(headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${at(script!)}`,
      `style-src ${at(style!)}`,
      `connect-src ${at('api/')}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
  });

  it.each(['evil.example;script-src *', '[::1]:8787'])(
    'lets the Host header %j add nothing to its policy',
    async host => {
      const { headers } = await page('/__weir/', { host });
      const policy = headers['content-security-policy'];
      if (policy !== undefined) expect(policy).toContain("script-src 'self';");
      expect(policy ?? '').not.toContain('*');
    },
  );

  it('is where /__weir leads', async () => {
    const { status, headers } = await page('/__weir');
    expect([status, headers['location']]).toEqual([308, '/__weir/']);
  });

  it('answers on the admin host only, once there is one', async () => {
    const hidden = await startTestWeir({ variables: { ADMIN_HOST: 'admin.example' } });
    try {
      expect((await get(`${hidden.url}/__weir/`)).status).toBe(404);
      const { status, headers } = await get(`${hidden.url}/__weir/`, { host: 'admin.example' });
      expect(status).toBe(200);
      expect(headers['content-security-policy']).toContain('connect-src http://admin.example/__weir/api/;');
    } finally {
      await hidden.stop();
    }
  });
});
