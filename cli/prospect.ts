import type { Forecast, MeasuredTraffic } from '../src/core/delivery/forecast.ts';
import { call, type Connection } from './client.ts';
import { pathOf } from './session.ts';

/** As `GET …/plan` answers. */
export interface Prospect {
  readonly traffic: MeasuredTraffic;
  /** Null without a plan. */
  readonly forecast: Forecast | null;
}

/** What the plan in force can tell, for people, before a start; nothing where nobody can say. */
export async function printForecast(to: Connection, name: string | undefined): Promise<void> {
  const prospect = await call<Prospect>(to, pathOf(name, '/plan'));
  if (prospect.kind !== 'ok') return;
  for (const sentence of prospect.value.forecast?.sentences ?? []) console.error(sentence);
}
