/** `wait` and `start --wait`: for pipelines, whose next step depends on how the rollout ended. */
import { setTimeout } from 'node:timers/promises';
import type { DeliveryStatus } from '../src/core/delivery/delivery-status.ts';
import type { RolloutStatus } from '../src/core/rollout/status.ts';
import { unreachable } from '../src/core/result.ts';
import { call } from './client.ts';
import { complain, EXIT, pathOf, type ExitCode, type Session } from './session.ts';
import { deliveryLines } from './text/delivery.ts';

const LOOK_MS = 2000;
/** A Weir that is restarted, or a network that hiccups, is no end. */
const PATIENCE_MS = 60_000;

export interface End {
  readonly outcome: 'completed' | 'rolled-back' | 'waits-for-person' | 'not-running';
  readonly code: ExitCode;
}

/** @returns undefined while it goes on by itself */
export function endOf({ phase, waitingFor }: DeliveryStatus): End | undefined {
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
      return waitingFor === 'approval'
        ? { outcome: 'waits-for-person', code: EXIT.waitsForPerson }
        : undefined;
    default:
      return unreachable(phase);
  }
}

/** Prints how it ended and sets the exit code; on the way, changes go to the error output. */
export async function waitFor(session: Session, name: string | undefined, timeoutMs: number): Promise<void> {
  const { asJson, url, print } = session;
  const to = session.connection();
  const started = performance.now();
  let lastAnswer = started;
  let seen = '';
  for (;;) {
    const answer = await call<RolloutStatus>(to, pathOf(name));
    const now = performance.now();
    // 5xx: Weir is there, but its controller or hub gives no answer just now.
    const isPassing = answer.kind === 'unreachable' || (answer.kind === 'refused' && answer.status >= 500);
    if (answer.kind === 'ok') {
      lastAnswer = now;
      const { delivery } = answer.value;
      const end = endOf(delivery);
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
  return [`${name}: ${delivery.phase}`, ...deliveryLines(delivery, Date.now())].join('\n');
}
