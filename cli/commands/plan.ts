/** `check` and `plan suggest`: what is wrong with a document, and what its plan can tell, before it starts. */
import type { Command } from 'commander';
import { forecast, type Forecast, type MeasuredTraffic } from '../../src/core/delivery/forecast.ts';
import { compileDocument, type Rollout } from '../../src/core/rollout/compile.ts';
import { anySecret } from '../../src/core/rollout/consequences.ts';
import { call, type Connection } from '../client.ts';
import { readDocument } from '../document-file.ts';
import { complain, EXIT, pathOf, usage, type Session, type SessionOf } from '../session.ts';
import type { DocumentText } from './look.ts';

/** As `GET …/plan` answers. */
export interface Prospect {
  readonly traffic: MeasuredTraffic;
  readonly forecast: Forecast | null;
}

export function addPlanning(program: Command, session: SessionOf): void {
  program
    .command('check <file>')
    .description(
      'every mistake of a document; what its plan can tell, if a Weir is there to ask for the traffic',
    )
    .option('--rollout <name>', 'the rollout', 'default')
    .action((file: string, { rollout }: { rollout: string }) => check(file, rollout, session()));

  program
    .command('plan')
    .description('plans for the traffic there is')
    .command('suggest [rollout]')
    .description('steps that can finish at the traffic of the last 24 hours')
    .action((name: string | undefined) => suggest(name, session()));
}

async function check(file: string, rollout: string, { connection, print }: Session): Promise<void> {
  const compiled = compileDocument(readDocument(file).text, rollout, anySecret);
  if (!compiled.ok) {
    const text = compiled.error.map(({ path, message }) => `${file} ${path}: ${message}`);
    print({ valid: false, problems: compiled.error, warnings: [] }, text.join('\n'));
    process.exitCode = EXIT.refused;
    return;
  }
  const { plan, sticky } = compiled.value;
  const warnings: string[] = [];
  if (plan !== null) {
    const token = process.env['WEIR_TOKEN'] ?? '';
    const prospect = token === '' ? undefined : await call<Prospect>(connection(), pathOf(rollout, '/plan'));
    if (prospect?.kind === 'ok') warnings.push(...forecast(plan, sticky, prospect.value.traffic).sentences);
    else {
      if (plan.holdback === 0) warnings.push('With holdback 0 only limits can roll back at weight 100.');
      warnings.push('No Weir was asked for its traffic, so nothing is said of how long the plan takes.');
    }
  }
  print({ valid: true, problems: [], warnings }, [`${file}: valid`, ...warnings].join('\n'));
}

/** What the plan in force can tell, for people, before a start; nothing where nobody can say. */
export async function printForecast(to: Connection, name: string | undefined): Promise<void> {
  const prospect = await call<Prospect>(to, pathOf(name, '/plan'));
  if (prospect.kind !== 'ok') return;
  for (const sentence of prospect.value.forecast?.sentences ?? []) console.error(sentence);
}

const LADDER = [1, 5, 25, 50];
const HOLD_SECONDS = [300, 600, 1800, 3600, 7200, 14_400];
const LAST_HOLD = '1h';

async function suggest(name: string | undefined, session: Session): Promise<void> {
  const to = session.connection();
  const current = await call<DocumentText>(to, pathOf(name, '/documents?revision=current'));
  const prospect = await call<Prospect>(to, pathOf(name, '/plan'));
  if (current.kind !== 'ok') {
    complain(current, session.url);
    return;
  }
  if (prospect.kind !== 'ok') {
    complain(prospect, session.url);
    return;
  }
  const { traffic } = prospect.value;
  const document = current.value.document as { readonly plan?: object };
  const compileWith = (steps: readonly object[]): Rollout => {
    const text = JSON.stringify({ ...document, plan: { ...document.plan, steps } });
    const compiled = compileDocument(text, name ?? 'default', anySecret);
    return compiled.ok
      ? compiled.value
      : usage(compiled.error.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  };
  const steps = [...stepsFor(traffic, compileWith), { weight: 100, hold: LAST_HOLD }];
  const rollout = compileWith(steps);
  const result = forecast(rollout.plan!, rollout.sticky, traffic);
  session.print(
    { steps, forecast: result },
    [`"steps": ${JSON.stringify(steps)}`, ...result.sentences].join('\n'),
  );
}

/** The usual weights, without those that could not finish; each held as long as its evidence takes. */
function stepsFor(
  traffic: MeasuredTraffic,
  compileWith: (steps: readonly object[]) => Rollout,
): { weight: number; hold: string }[] {
  const trial = compileWith([...LADDER, 100].map(weight => ({ weight, hold: '5m' })));
  return forecast(trial.plan!, trial.sticky, traffic)
    .steps.slice(0, -1)
    .flatMap(({ weight, seconds }) => {
      const hold = seconds === null ? undefined : HOLD_SECONDS.find(one => one >= seconds);
      return hold === undefined ? [] : [{ weight, hold: `${hold / 60}m` }];
    });
}
