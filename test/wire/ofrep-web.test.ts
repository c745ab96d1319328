/** What a page sees through OpenFeature's web SDK and the current OFREP web provider, against a running Weir. */
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, ProviderEvents, type Client, type Provider } from '@openfeature/web-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startFlagWeir, type FlagWeir } from '../support/flag-weir.ts';
import { BROWSER_KEY } from '../support/ofrep-client.ts';

/** @param banner what the flag of that name says */
function flags(banner: string): string {
  const forPages = { client: true };
  return JSON.stringify({
    checkout: {
      ...forPages,
      type: 'boolean',
      variants: { on: true, off: false },
      off: 'off',
      rules: [{ name: 'pro', if: { 'context.plan': 'pro' }, serve: 'on' }],
    },
    banner: { ...forPages, type: 'string', variants: { shown: banner }, default: 'shown' },
    columns: { ...forPages, type: 'integer', variants: { three: 3 }, default: 'three' },
    layout: { ...forPages, type: 'object', variants: { wide: { title: 'Hi' } }, default: 'wide' },
    paused: { ...forPages, type: 'string', variants: { a: 'a' }, enabled: false },
    secret: { type: 'boolean', variants: { on: true, off: false }, default: 'on' },
  });
}

describe('through the OpenFeature web SDK', () => {
  let weir: FlagWeir;
  let statuses: number[];

  beforeAll(async () => {
    weir = await startFlagWeir();
  });
  afterAll(() => weir.stop());
  afterEach(async () => {
    await OpenFeature.close();
  });

  /** A page of one user, who asks every 50 ms. */
  async function page(secret = BROWSER_KEY, pollInterval = 50): Promise<Client> {
    await weir.putFlags(flags('welcome'), 'banner', 'welcome');
    statuses = [];
    const provider = new OFREPWebProvider({
      baseUrl: weir.baseUrl,
      headers: [['authorization', `Bearer ${secret}`]],
      cacheMode: 'disabled',
      pollInterval,
      fetchImplementation: async (...request: Parameters<typeof fetch>) => {
        const response = await fetch(...request);
        statuses.push(response.status);
        return response;
      },
    });
    await OpenFeature.setContext({ targetingKey: 'user-1', plan: 'free' });
    // Its optional `hooks` is written in a way that exactOptionalPropertyTypes doesn't take.
    await OpenFeature.setProviderAndWait(provider as Provider);
    return OpenFeature.getClient();
  }

  it('begins with the values of all flags for pages, and none other', async () => {
    const client = await page();
    expect(client.getBooleanValue('checkout', true)).toBe(false);
    expect(client.getStringValue('banner', '')).toBe('welcome');
    expect(client.getNumberValue('columns', 0)).toBe(3);
    expect(client.getObjectValue('layout', {})).toEqual({ title: 'Hi' });
    expect(client.getBooleanDetails('secret', false)).toMatchObject({
      value: false,
      errorCode: 'FLAG_NOT_FOUND',
    });
  });

  it("has the page's own default for a flag that is off and has no value to be off with", async () => {
    const client = await page();
    const details = client.getStringDetails('paused', 'of the page');
    expect(details).toMatchObject({ value: 'of the page', reason: 'DISABLED' });
    expect(details.errorCode).toBeUndefined();
  });

  it('is told 304 while nothing changes, and sees a change by itself', async () => {
    const client = await page();
    const changed: string[] = [];
    client.addHandler(ProviderEvents.ConfigurationChanged, event => {
      changed.push(...(event?.flagsChanged ?? []));
    });
    await eventually('three times 304', () => statuses.filter(status => status === 304).length >= 3);
    expect(statuses[0]).toBe(200);
    expect(statuses.slice(1)).not.toContain(200);

    await weir.putKv('flags:default', flags('goodbye'));
    await eventually('the new banner', () => client.getStringValue('banner', '') === 'goodbye');
    expect(changed).toContain('banner');
  });

  it('has new values when another attribute of the same user changes', async () => {
    const client = await page(undefined, 0);
    expect(client.getBooleanValue('checkout', false)).toBe(false);
    // The provider asks with the tag of the last answer, as only the targetingKey makes it forget that.
    await OpenFeature.setContext({ targetingKey: 'user-1', plan: 'pro' });
    expect(client.getBooleanDetails('checkout', false)).toMatchObject({
      value: true,
      reason: 'TARGETING_MATCH',
    });
  });

  it('does not start with a key that opens nothing', async () => {
    await expect(page('a-key-that-nobody-has')).rejects.toThrow();
    expect(OpenFeature.getClient().providerStatus).toBe('FATAL');
  });
});
