/** The sinks that `SINKS` names. */
import { err, ok, type Result } from '../../core/result.ts';
import type { Env } from '../env.ts';
import { analyticsEngineSink } from './analytics-engine.ts';
import { hubSink, type OrdersListener } from './hub.ts';
import { otlpSettingsOf } from './otlp-settings.ts';
import { otlpSink } from './otlp.ts';
import type { Sink } from './sink.ts';

/** More names are nobody's intention. */
const MAX_SINKS = 8;

/**
 * Made per flush: what they hold may not outlive a request.
 * @param onOrders told what the hub's reply says holds now, if the hub is one of them
 */
export function sinksOf(env: Env, onOrders: OrdersListener): Sink[] {
  return namesIn(env).map(name => {
    const sink = sinkOf(name, env, onOrders);
    return sink.ok ? sink.value : misconfigured(name, sink.error);
  });
}

/** What is wrong with how a sink is set up, by the names that are written to; undefined if nothing is. */
export function sinkMistakes(env: Env): ReadonlyMap<string, string | undefined> {
  return new Map(
    namesIn(env).map(name => {
      const sink = sinkOf(name, env, () => undefined);
      return [name, sink.ok ? undefined : sink.error];
    }),
  );
}

function namesIn(env: Env): string[] {
  const names = ((env.SINKS ?? '').trim() || 'hub').split(',').map(name => name.trim().slice(0, 64));
  return [...new Set(names)].filter(name => name !== '').slice(0, MAX_SINKS);
}

/** @returns the sink, or what is wrong with its settings */
function sinkOf(name: string, env: Env, onOrders: OrdersListener): Result<Sink, string> {
  switch (name) {
    case 'hub':
      return ok(hubSink(env, onOrders));
    case 'analytics-engine':
      return env.ANALYTICS_ENGINE === undefined
        ? err('the Worker has no binding ANALYTICS_ENGINE: see wrangler.toml')
        : ok(analyticsEngineSink(env.ANALYTICS_ENGINE));
    case 'otlp': {
      const settings = otlpSettingsOf(env);
      return settings.ok ? ok(otlpSink(settings.value)) : settings;
    }
    default:
      return err(`SINKS: "${name}" is no sink; expected hub, analytics-engine or otlp`);
  }
}

/** Takes nothing, and says why in the status: the other sinks go on. */
function misconfigured(name: string, why: string): Sink {
  return { name, deliver: () => Promise.resolve({ kind: 'refused', why }) };
}
