/**
 * OpenFeature's own scenarios (specification, `evaluation_v2.feature`), through its server SDK and the
 * published OFREP provider, against a running Weir. The provider has no life of its own: for scenarios about
 * one (not ready, error, fatal, stale, cached) it is given one, see support/openfeature-provider.ts.
 */
import { OpenFeature } from '@openfeature/server-sdk';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFlagWeir, type FlagWeir } from '../support/flag-weir.ts';
import { readFeature } from '../support/gherkin.ts';
import { SERVER_KEY } from '../support/ofrep-client.ts';
import { weirFlags } from '../support/openfeature-flags.ts';
import { LivingProvider } from '../support/openfeature-provider.ts';
import { run } from '../support/openfeature-steps.ts';
import { World, type ProviderOf } from '../support/openfeature-world.ts';
import { closedPort } from '../support/origin.ts';

const FOLDER = new URL('../../../shared/conformance/openfeature/', import.meta.url);
const HAS_SCENARIOS = existsSync(FOLDER);

const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');
const scenarios = HAS_SCENARIOS ? readFeature(read('evaluation_v2.feature')) : [];

describe.skipIf(!HAS_SCENARIOS)(
  'through the OpenFeature server SDK (skipped where ../shared is absent)',
  () => {
    let weir: FlagWeir;
    let nowhere: string;

    beforeAll(async () => {
      nowhere = await closedPort();
      weir = await startFlagWeir();
      await weir.putFlags(weirFlags(read('test-flags.json')), 'boolean-flag', 'STATIC');
    });
    afterAll(async () => {
      await OpenFeature.close();
      await weir.stop();
    });

    const living = (url = weir.baseUrl, secret = SERVER_KEY): LivingProvider =>
      new LivingProvider(url, { authorization: `Bearer ${secret}` });

    const providerOf: ProviderOf = kind => {
      switch (kind) {
        case 'error':
          return living(nowhere);
        case 'fatal':
          return living(weir.baseUrl, 'a-key-that-nobody-has');
        case 'not ready': {
          const provider = living();
          provider.initialize = () => new Promise<void>(() => undefined);
          return provider;
        }
        case 'stale':
        case 'cached':
          return living();
        default:
          return new OFREPProvider({
            baseUrl: weir.baseUrl,
            headers: [['authorization', `Bearer ${SERVER_KEY}`]],
          });
      }
    };

    it('there are the 82 scenarios', () => {
      expect(scenarios).toHaveLength(82);
    });

    it.each(scenarios.map((scenario, i) => [scenario.name, scenario, i] as const))(
      '%s',
      async (_, { steps, tags }, i) => {
        const isCached = tags.includes('@reason-codes-cached');
        const world = new World(`scenario-${i}`, kind => providerOf(isCached ? 'cached' : kind));
        for (const step of steps) await run(step, world);
      },
    );
  },
);
