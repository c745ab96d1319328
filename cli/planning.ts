/** The work of `check` and `plan suggest`, apart from their options: documents are only compiled when asked for. */
import { forecast, type MeasuredTraffic } from '../src/core/delivery/forecast.ts';
import { compileDocument, type Rollout } from '../src/core/rollout/compile.ts';
import { anySecret } from '../src/core/rollout/consequences.ts';
import { call } from './client.ts';
import { readDocument } from './document-file.ts';
import { complain, EXIT, pathOf, usage, type Session } from './session.ts';
import type { DocumentText } from './commands/look.ts';
import type { Prospect } from './prospect.ts';

export async function check(file: string, rollout: string, { connection, print }: Session): Promise<void> {
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

const LADDER = [1, 5, 25, 50];
const HOLD_SECONDS = [300, 600, 1800, 3600, 7200, 14_400];
const LAST_HOLD = '1h';

export async function suggest(name: string | undefined, session: Session): Promise<void> {
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
  if (traffic.requestsPerSecond === 0) {
    console.error('weir: no traffic in the last 24 hours: nothing can be suggested');
    process.exitCode = EXIT.refused;
    return;
  }
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
