/** The sinks that `SINKS` names. */
import type { Env } from '../env.ts';
import { analyticsEngineSink } from './analytics-engine.ts';
import { hubSink } from './hub.ts';
import { otlpSettingsOf } from './otlp-settings.ts';
import { otlpSink } from './otlp.ts';
import type { Sink } from './sink.ts';

/** More names are nobody's intention. */
const MAX_SINKS = 8;

/** Made per flush: what they hold may not outlive a request. */
export function sinksOf(env: Env): Sink[] {
  const names = ((env.SINKS ?? '').trim() || 'hub').split(',').map(name => name.trim());
  return [...new Set(names)]
    .filter(name => name !== '')
    .slice(0, MAX_SINKS)
    .map(name => sinkOf(name, env));
}

function sinkOf(name: string, env: Env): Sink {
  switch (name) {
    case 'hub':
      return hubSink(env);
    case 'analytics-engine':
      return env.ANALYTICS_ENGINE === undefined
        ? misconfigured(name, 'the Worker has no binding ANALYTICS_ENGINE: see wrangler.toml')
        : analyticsEngineSink(env.ANALYTICS_ENGINE);
    case 'otlp': {
      const settings = otlpSettingsOf(env);
      return settings.ok ? otlpSink(settings.value) : misconfigured(name, settings.error);
    }
    default:
      return misconfigured(
        name.slice(0, 64),
        `SINKS: "${name.slice(0, 64)}" is no sink; expected hub, analytics-engine or otlp`,
      );
  }
}

/** Takes nothing, and says why in the status: the other sinks go on. */
function misconfigured(name: string, why: string): Sink {
  return { name, deliver: () => Promise.resolve({ kind: 'refused', why }) };
}
