/** The real judge and the real `transition` together, as the controller ties them: a rollout that moves itself. */
import { judge } from '../src/core/analysis/judge.ts';
import type { JudgeSettings } from '../src/core/analysis/settings.ts';
import { startJudging, type JudgeState } from '../src/core/analysis/state.ts';
import type { DeliveryEvent } from '../src/core/delivery/event.ts';
import { momentOf } from '../src/core/delivery/judge-settings.ts';
import type { Phase } from '../src/core/delivery/phase.ts';
import type { Plan } from '../src/core/delivery/plan.ts';
import { openRun } from '../src/core/delivery/run.ts';
import { initialState, type DeliveryState, type WireVariant } from '../src/core/delivery/state.ts';
import { transition } from '../src/core/delivery/transition.ts';
import type { Tick } from './tally.ts';

const ACTOR = { by: 'simulator', channel: 'cli' } as const;
const CANARY: WireVariant = { origin: 'https://canary.example.com', version: '2' };

export class Walk {
  readonly #settings: JudgeSettings;
  #delivery: DeliveryState = initialState('simulated');
  #judging: JudgeState;

  constructor(plan: Plan, settings: JudgeSettings) {
    this.#settings = settings;
    this.#judging = startJudging(settings);
    this.#happen(
      {
        kind: 'document',
        key: 'document',
        actor: ACTOR,
        document: {
          enabled: true,
          stable: { origin: 'https://stable.example.com' },
          candidates: { [plan.candidate]: { hash: '00000002', wire: CANARY } },
          draw: { by: 'cookie', header: '', fallback: 'random', seed: 1 },
          plan,
        },
      },
      0,
    );
    this.#happen(
      {
        kind: 'command',
        key: 'start',
        actor: ACTOR,
        command: { verb: 'start' },
        probe: { answers: true, text: '200' },
        look: null,
      },
      0,
    );
    this.#tick(0, null);
  }

  /** Percent in force: KV obeys at once here. */
  get weight(): number {
    return (this.#delivery.shares['canary'] ?? 0) / 1000;
  }

  get phase(): Phase {
    return this.#delivery.phase;
  }

  /** Looks at what has happened at that weight, and moves. */
  see({ to, interval }: Tick): void {
    const now = to * 1000;
    const run = openRun(this.#delivery);
    const moment =
      run === null ? null : momentOf(this.#delivery, run, now, { unreadableSince: null, excluded: [] });
    if (moment === null) {
      this.#tick(now, null);
      return;
    }
    const { state, ...look } = judge(this.#judging, interval, this.#settings, moment);
    this.#judging = state;
    this.#tick(now, look);
  }

  #tick(now: number, look: Extract<DeliveryEvent, { kind: 'tick' }>['look']): void {
    const facts = { isSettled: true, isHeard: true, versions: {}, otherGenerationAt: null, quietMs: 0 };
    this.#happen({ kind: 'tick', look, facts }, now);
  }

  #happen(event: DeliveryEvent, now: number): void {
    this.#delivery = transition(this.#delivery, event, now).state;
  }
}
