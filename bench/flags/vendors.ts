/** The engines of flag services, without the services: fed by hand, silent, and with the caches that they offer. */
import type * as LaunchDarkly from '@launchdarkly/js-server-sdk-common-edge';
import { createRequire } from 'node:module';
import { InMemStorageProvider, Unleash } from 'unleash-client';
import { COUNTRIES, PLAN, SHARE, SILENT, type Contender } from './job.ts';

// Two of them have ES modules that Node can't load.
const require = createRequire(import.meta.url);

export const UNLEASH: Contender = {
  name: 'unleash-client',
  times: 20_000,
  async open(keys, users) {
    const constraint = (contextName: string, values: string[]) => ({
      contextName,
      operator: 'IN',
      values,
      inverted: false,
    });
    const feature = (name: string) => ({
      name,
      type: 'release',
      enabled: true,
      project: 'default',
      stale: false,
      impressionData: false,
      variants: [],
      strategies: [
        { name: 'default', parameters: {}, constraints: [constraint('country', COUNTRIES)] },
        {
          name: 'default',
          parameters: {},
          constraints: [constraint('plan', [PLAN]), constraint('beta', ['true'])],
        },
        {
          name: 'flexibleRollout',
          parameters: { rollout: String(SHARE), stickiness: 'userId', groupId: name },
          constraints: [],
        },
      ],
    });
    type Options = ConstructorParameters<typeof Unleash>[0];
    const unleash = new Unleash({
      appName: 'bench',
      // Nothing is sent there: no refresh, no metrics.
      url: 'http://127.0.0.1:9/api/',
      disableMetrics: true,
      refreshInterval: 0,
      disableAutoStart: true,
      skipInstanceCountWarning: true,
      storageProvider: new InMemStorageProvider(),
      bootstrap: { data: keys.map(feature) },
    } as unknown as Options);
    // That it can't reach its server is no failure here.
    unleash.on('error', () => undefined);
    unleash.on('warn', () => undefined);
    const ready = new Promise(resolve => unleash.once('ready', resolve));
    await Promise.all([unleash.start(), ready]);
    const contexts = users.map(({ id, country, plan, beta }) => ({
      userId: id,
      properties: { country, plan, beta: String(beta) },
    }));
    return {
      kind: 'sync',
      isOn: (flag, user) => unleash.isEnabled(keys[flag]!, contexts[user]),
      close: () => unleash.destroy(),
    };
  },
};

interface SplitEvaluator {
  readonly evaluateFeature: (
    log: object,
    key: string,
    name: string,
    attributes: object,
    storage: { readonly definitions: { get(name: string): unknown } },
  ) => { readonly treatment: string };
}

export const SPLIT: Contender = {
  name: '@splitsoftware/splitio-commons',
  times: 20_000,
  open(keys, users) {
    const { evaluateFeature } = require('@splitsoftware/splitio-commons/cjs/evaluator') as SplitEvaluator;
    const by = (attribute: string | null) => ({ trafficType: 'user', attribute });
    const condition = (matchers: readonly object[], on: number) => ({
      conditionType: 'ROLLOUT',
      label: 'bench',
      matcherGroup: { combiner: 'AND', matchers: matchers.map(matcher => ({ negate: false, ...matcher })) },
      partitions: [
        { treatment: 'on', size: on },
        { treatment: 'off', size: 100 - on },
      ],
    });
    const whitelist = (attribute: string, values: readonly string[]) => ({
      matcherType: 'WHITELIST',
      keySelector: by(attribute),
      whitelistMatcherData: { whitelist: values },
    });
    const beta = { matcherType: 'EQUAL_TO_BOOLEAN', keySelector: by('beta'), booleanMatcherData: true };
    const definition = (name: string, seed: number) => ({
      name,
      seed: seed + 1,
      status: 'ACTIVE',
      killed: false,
      defaultTreatment: 'off',
      changeNumber: 1,
      trafficAllocation: 100,
      trafficAllocationSeed: seed + 1,
      conditions: [
        condition([whitelist('country', COUNTRIES)], 100),
        condition([whitelist('plan', [PLAN]), beta], 100),
        condition([{ matcherType: 'ALL_KEYS', keySelector: by(null) }], SHARE),
      ],
    });
    const byName = new Map(keys.map((key, i) => [key, definition(key, i)]));
    const storage = { definitions: { get: (name: string) => byName.get(name) } };
    return {
      kind: 'sync',
      isOn(flag, number) {
        const user = users[number]!;
        return evaluateFeature(SILENT, user.id, keys[flag]!, user, storage).treatment === 'on';
      },
    };
  },
};

export const LAUNCHDARKLY: Contender = {
  name: '@launchdarkly/js-server-sdk-common-edge',
  times: 2000,
  open(keys, users) {
    const { init, EdgeFeatureStore, internalServer } =
      require('@launchdarkly/js-server-sdk-common-edge') as typeof LaunchDarkly;
    const clause = (attribute: string, values: readonly unknown[]) => ({
      contextKind: 'user',
      attribute,
      op: 'in',
      values,
      negate: false,
    });
    const flag = (key: string) => ({
      key,
      version: 1,
      on: true,
      salt: key,
      variations: [true, false],
      offVariation: 1,
      prerequisites: [],
      targets: [],
      rules: [
        { id: 'country', variation: 0, clauses: [clause('country', COUNTRIES)] },
        { id: 'beta', variation: 0, clauses: [clause('plan', [PLAN]), clause('beta', [true])] },
      ],
      fallthrough: {
        rollout: {
          contextKind: 'user',
          variations: [
            { variation: 0, weight: SHARE * 1000 },
            { variation: 1, weight: (100 - SHARE) * 1000 },
          ],
        },
      },
    });
    const payload = JSON.stringify({
      flags: Object.fromEntries(keys.map(key => [key, flag(key)])),
      segments: {},
    });
    // With the cache that their Cloudflare package lets one add: without it, each call parses the whole payload.
    const cache = new internalServer.TtlCache({ ttl: 600, checkInterval: 600 });
    const provider = { get: () => Promise.resolve(payload) };
    const platform = {
      platformData: () => ({ os: {}, name: 'bench', additional: {} }),
      sdkData: () => ({ name: 'bench', version: '1' }),
    };
    const client = init('bench', platform, {
      featureStore: new EdgeFeatureStore(provider, 'bench', 'bench', SILENT, cache),
      logger: SILENT,
    });
    const contexts = users.map(({ id, ...attributes }) => ({ kind: 'user', key: id, ...attributes }));
    return {
      kind: 'async',
      isOn: (flagNumber, user) =>
        client.variation(keys[flagNumber]!, contexts[user]!, false) as Promise<boolean>,
      close: () => client.close(),
    };
  },
};
