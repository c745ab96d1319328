/** The engines of others, each as its makers would have it used without a network, and nothing of theirs left out. */
import { FlagdCore } from '@openfeature/flagd-core';
import { GrowthBookClient } from '@growthbook/growthbook';
import { evaluate } from '@vercel/flags-core';
import { COUNTRIES, PLAN, SHARE, SILENT, type Contender } from './job.ts';

export const FLAGD: Contender = {
  name: '@openfeature/flagd-core',
  times: 50_000,
  open(keys, users) {
    const targeting = {
      if: [
        { in: [{ var: 'country' }, COUNTRIES] },
        'on',
        { and: [{ '==': [{ var: 'plan' }, PLAN] }, { '==': [{ var: 'beta' }, true] }] },
        'on',
        {
          fractional: [
            { cat: [{ var: '$flagd.flagKey' }, { var: 'targetingKey' }] },
            ['on', SHARE],
            ['off', 100 - SHARE],
          ],
        },
      ],
    };
    const flag = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off', targeting };
    const core = new FlagdCore(undefined, SILENT);
    core.setConfigurations(JSON.stringify({ flags: Object.fromEntries(keys.map(key => [key, flag])) }));
    const contexts = users.map(({ id, ...attributes }) => ({ targetingKey: id, ...attributes }));
    return {
      kind: 'sync',
      isOn: (flagNumber, user) =>
        core.resolveBooleanEvaluation(keys[flagNumber]!, false, contexts[user], SILENT).value,
    };
  },
};

export const GROWTHBOOK: Contender = {
  name: '@growthbook/growthbook',
  times: 20_000,
  open(keys, users) {
    const feature = (key: string) => ({
      defaultValue: false,
      rules: [
        { condition: { country: { $in: COUNTRIES } }, force: true },
        { condition: { plan: PLAN, beta: true }, force: true },
        { coverage: SHARE / 100, hashVersion: 2, seed: key, hashAttribute: 'id', force: true },
      ],
    });
    const features = Object.fromEntries(keys.map(key => [key, feature(key)]));
    const client = new GrowthBookClient().initSync({ payload: { features } });
    const contexts = users.map(user => ({ attributes: { ...user } }));
    return {
      kind: 'sync',
      isOn: (flag, user) => client.evalFeature(keys[flag]!, contexts[user]!).on,
    };
  },
};

export const VERCEL: Contender = {
  name: '@vercel/flags-core',
  times: 20_000,
  open(keys, users) {
    const definitions = keys.map((_, seed) => ({
      seed,
      variants: [false, true],
      environments: {
        production: {
          rules: [
            { conditions: [[['user', 'country'], 'oneOf', COUNTRIES]], outcome: 1 },
            {
              conditions: [
                [['user', 'plan'], 'eq', PLAN],
                [['user', 'beta'], 'eq', true],
              ],
              outcome: 1,
            },
          ],
          fallthrough: {
            type: 'split',
            base: ['user', 'id'],
            weights: [100 - SHARE, SHARE],
            defaultVariant: 0,
          },
        },
      },
    })) as unknown as Parameters<typeof evaluate<boolean>>[0]['definition'][];
    const entities = users.map(user => ({ user }));
    return {
      kind: 'sync',
      isOn: (flag, user) =>
        evaluate<boolean>({
          definition: definitions[flag]!,
          environment: 'production',
          entities: entities[user]!,
          segments: {},
        }).value === true,
    };
  },
};
