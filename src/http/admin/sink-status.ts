import type { SinkHealth } from '../../core/metrics/batch.ts';
import type { Env } from '../../edge/env.ts';
import { sinkMistakes } from '../../edge/sinks/sinks.ts';

/**
 * The sinks that are written to now. What is wrong with their settings is known before any batch
 * tells; that the hub is not among them is nothing that a hub could tell.
 * @param reported what the isolates told of the sinks beside the hub
 */
export function sinkStatus(
  env: Env,
  reported: Readonly<Record<string, SinkHealth>> = {},
): Record<string, SinkHealth> {
  const mistakes = sinkMistakes(env);
  const health = new Map(Object.entries(reported));
  const sinks = [...mistakes].map(([name, mistake]): [string, SinkHealth] => {
    const known = health.get(name);
    const lost = known?.lost ?? 0;
    const why = mistake ?? known?.trouble;
    return [name, why === undefined ? { lost } : { lost, trouble: why }];
  });
  const others = sinks.filter(([name]) => name !== 'hub');
  const hub: SinkHealth = { lost: 0, trouble: 'SINKS does not name it: nothing is counted here' };
  return Object.fromEntries(mistakes.has('hub') ? others : [...others, ['hub', hub]]);
}
