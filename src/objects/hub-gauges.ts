/** What the controller last said of itself, as the hub keeps it for scrapes. */
import { bounded, type ControllerGauges } from '../core/metrics/gauges.ts';

const FACT = 'gauges';

interface GaugesFact {
  readonly rollout: string;
  readonly gauges: ControllerGauges;
}

export function readGauges(sql: SqlStorage): GaugesFact | undefined {
  const row = sql.exec<{ value: string }>('SELECT value FROM facts WHERE name = ?', FACT).toArray()[0];
  return row === undefined ? undefined : (JSON.parse(row.value) as GaugesFact);
}

export function writeGauges(sql: SqlStorage, rollout: string, gauges: ControllerGauges): void {
  const fact: GaugesFact = { rollout, gauges: bounded(gauges) };
  sql.exec('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)', FACT, JSON.stringify(fact));
}
