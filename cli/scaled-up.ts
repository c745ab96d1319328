/** Before everyone goes back to an old stable: whether it can carry them only a person knows. */
import { createInterface } from 'node:readline/promises';
import type { Phase } from '../src/core/delivery/phase.ts';
import type { RolloutStatus } from '../src/core/rollout/status.ts';
import { call, type Connection } from './client.ts';
import { pathOf } from './session.ts';

/** A roll-back waits no longer than that for a status that nobody may be able to tell. */
const STATUS_MS = 3000;

/** Whether a roll-back in this phase sends all visitors to a stable that may have been scaled down. */
export function returnsToOldStable(phase: Phase): boolean {
  return phase === 'completed' || phase === 'adopting';
}

/** @returns false only if a person has said no */
export async function mayReturn(to: Connection, name: string | undefined): Promise<boolean> {
  const status = await call<RolloutStatus>(to, pathOf(name), { timeoutMs: STATUS_MS });
  return status.kind !== 'ok' || !returnsToOldStable(status.value.phase) || isScaledUp();
}

/** Weir probes the old stable, too; but one answer is not all the traffic. */
export async function isScaledUp(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Is the old stable still scaled up for all the traffic? [y/N] ');
  terminal.close();
  return /^y(?:es)?$/i.test(answer.trim());
}
