/** `wait` and `start --wait`: for pipelines, whose next step depends on how the rollout ended. */
import { setTimeout } from 'node:timers/promises';
import type { DeliveryStatus } from '../src/core/delivery/delivery-status.ts';
import type { WaitingFor } from '../src/core/delivery/phase.ts';
import type { RolloutStatus } from '../src/core/rollout/status.ts';
import { unreachable } from '../src/core/result.ts';
import { call } from './client.ts';
import { complain, EXIT, pathOf, type ExitCode, type Session } from './session.ts';
import { deliveryLines } from './text/delivery.ts';

const LOOK_MS = 2000;
/** A Weir that is restarted, or a network that hiccups, is no end. */
const PATIENCE_MS = 60_000;

export interface End {
  readonly outcome: 'completed' | 'rolled-back' | 'waits-for-person' | 'not-running' | 'superseded';
  readonly code: ExitCode;
}

/** Nobody else ends these: `evidence:all` is what a person was told to look at. */
const FOR_A_PERSON: readonly (WaitingFor | null)[] = ['approval', 'hand-weight', 'evidence:all'];

/**
 * @param id of the run that is waited for; null before the first look has found one
 * @returns undefined while it goes on by itself
 */
export function endOf({ phase, waitingFor, run }: DeliveryStatus, id: number | null): End | undefined {
  // How another version fares says nothing about this one.
  if (id !== null && run !== null && run.id !== id) return { outcome: 'superseded', code: EXIT.refused };
  switch (phase) {
    case 'completed':
    case 'adopting':
      return { outcome: 'completed', code: EXIT.ok };
    case 'rolled-back':
      return { outcome: 'rolled-back', code: EXIT.rolledBack };
    case 'paused':
      return { outcome: 'waits-for-person', code: EXIT.waitsForPerson };
    case 'idle':
      return { outcome: 'not-running', code: EXIT.refused };
    case 'progressing':
    case 'baking':
      return FOR_A_PERSON.includes(waitingFor)
        ? { outcome: 'waits-for-person', code: EXIT.waitsForPerson }
        : undefined;
    default:
      return unreachable(phase);
  }
}

/**
 * Prints how it ended and sets the exit code; on the way, changes go to the error output.
 * @param run what was started; without it, the one that the first look finds
 */
export async function waitFor(
  session: Session,
  name: string | undefined,
  timeoutMs: number,
  run: number | null = null,
): Promise<void> {
  const { asJson, url, print } = session;
  const to = session.connection();
  const started = performance.now();
  let lastAnswer = started;
  let seen = '';
  let id = run;
  for (;;) {
    const answer = await call<RolloutStatus>(to, pathOf(name));
    const now = performance.now();
    // 5xx: Weir is there, but its controller or hub gives no answer just now.
    const isPassing = answer.kind === 'unreachable' || (answer.kind === 'refused' && answer.status >= 500);
    if (answer.kind === 'ok') {
      lastAnswer = now;
      const { delivery } = answer.value;
      id ??= delivery.run?.id ?? null;
      const end = endOf(delivery, id);
      if (end !== undefined) {
        print({ name: answer.value.name, outcome: end.outcome, delivery }, textOf(answer.value, end));
        process.exitCode = end.code;
        return;
      }
      const text = deliveryLines({ ...delivery, evidence: [] }, Date.now()).join('\n');
      const situation = JSON.stringify([delivery.phase, delivery.run?.step, delivery.waitingFor]);
      if (!asJson && situation !== seen) console.error(`${text}\n`);
      seen = situation;
    } else if (!isPassing || now - lastAnswer > PATIENCE_MS || now - started > timeoutMs) {
      complain(answer, url);
      if (isPassing) process.exitCode = EXIT.unreachable;
      return;
    }
    if (now - started + LOOK_MS > timeoutMs) {
      const delivery = answer.kind === 'ok' ? answer.value.delivery : null;
      print(
        { name: name ?? 'default', outcome: 'timed-out', delivery },
        `${name ?? 'default'}: still ${delivery?.phase ?? 'unknown'} after the timeout; it goes on by itself.`,
      );
      process.exitCode = EXIT.timedOut;
      return;
    }
    await setTimeout(LOOK_MS);
  }
}

function textOf({ name, delivery }: RolloutStatus, { outcome }: End): string {
  if (outcome === 'not-running') return `${name}: nothing is under way: weir start`;
  if (outcome === 'superseded') return `${name}: ${supersededBy(delivery)}`;
  return [`${name}: ${delivery.phase}`, ...deliveryLines(delivery, Date.now())].join('\n');
}

function supersededBy({ phase, run }: DeliveryStatus): string {
  if (run === null) return 'superseded';
  const version = run.version === null ? '' : ` ${run.version}`;
  return `superseded by run ${run.id}, ${run.candidate}${version}, started by ${run.startedBy}: it is ${phase}`;
}
