/**
 * What flags add to a visitor's request: headers for its origin, and what is counted of it. Only for hosts
 * whose flags ask for any of that; a defect here costs the visitor their flags, and nothing else.
 */
import { Evaluator } from '../core/flags/evaluate.ts';
import type { Evaluation } from '../core/flags/evaluation.ts';
import type { FlagSet } from '../core/flags/flag.ts';
import { flagsHeader } from '../core/flags/header.ts';
import { TARGETING_KEY } from '../core/flags/names.ts';
import { DEFAULT_ROLLOUT } from '../core/rollout/control.ts';
import type { Goal } from '../core/rollout/goals.ts';
import { isBot } from '../edge/bots.ts';
import type { FlagRecorder } from '../edge/flag-recorder.ts';
import type { HostMemory } from '../edge/host-book.ts';
import { isAhead } from '../edge/request-facts.ts';
import type { RolloutMemory } from '../edge/rollout-memory.ts';
import type { VisitorFacts } from '../edge/visitor-facts.ts';
import { logDefect } from './counting.ts';

export type HeaderPairs = readonly (readonly [name: string, value: string])[];

export interface FlagVisit {
  /** For a request to that variant's origin, which need not be the visitor's own. Never throws. */
  headersFor(variant: string): HeaderPairs;
  /** The visitor's variants of experiments; none for a prefetch or a bot, whatever cookie it has. */
  readonly experiments: readonly Evaluation[];
  readonly unit: string | undefined;
  readonly recorder: FlagRecorder;
}

/** Which rollout the host's flags are counted under, and hear of what was switched off from. */
export function countingOf({ rollout, flagOwner }: HostMemory): RolloutMemory {
  return flagOwner.name === DEFAULT_ROLLOUT ? rollout : flagOwner;
}

/** Longer ones OFREP would not take for a targetingKey, and other characters an origin could not read as they are. */
const UNIT = /^[\x21-\x7e](?:[\x20-\x7e]{0,510}[\x21-\x7e])?$/;

interface Visiting {
  readonly request: Request;
  /** As for {@link isAhead}. */
  readonly hasPurpose: boolean;
  readonly host: HostMemory;
  readonly unit: string | undefined;
  /** Of the rollout. */
  readonly variant: string;
  readonly facts: VisitorFacts;
  readonly recorder: FlagRecorder;
}

/** Whether flags add anything to visitors' requests: asked of every one. */
export function concernsVisitors({ flagOwner }: HostMemory): boolean {
  const { set, experiments } = flagOwner.flags;
  return set.forOrigin.length > 0 || experiments.length > 0 || set.sendsUnit;
}

/**
 * What conditions of the rollout ask of flags; evaluated when one does. Never throws: after a defect the
 * flag has no variant, and the page goes on.
 * @param recorder touched when one does, so that the hub is asked which are off
 * @param variant of the rollout; undefined as long as it is not decided: nobody follows it then
 */
export function flagReader(
  { flagOwner }: HostMemory,
  unit: string | undefined,
  facts: VisitorFacts,
  recorder: Pick<FlagRecorder, 'touch'>,
  variant?: string,
): (key: string) => string | undefined {
  const { set, off } = flagOwner.flags;
  let evaluator: Evaluator | undefined;
  return key => {
    try {
      recorder.touch();
      evaluator ??= new Evaluator(set, {
        context: contextOf(unit),
        facts,
        off,
        rolloutVariant: () => variant,
      });
      return evaluator.evaluate(key).variant?.name;
    } catch (error) {
      logDefect('evaluating a flag', error);
      return undefined;
    }
  };
}

function contextOf(unit: string | undefined): Readonly<Record<string, string>> {
  return unit === undefined ? {} : { [TARGETING_KEY]: unit };
}

/** @returns undefined after a defect */
export function flagVisitOf(visiting: Visiting): FlagVisit | undefined {
  try {
    return evaluated(visiting);
  } catch (error) {
    logDefect('evaluating flags', error);
    return undefined;
  }
}

function evaluated({ request, hasPurpose, host, unit, variant, facts, recorder }: Visiting): FlagVisit {
  const { set, experiments, off } = host.flagOwner.flags;
  const context = contextOf(unit);
  const evaluatorFor = (variant: string): Evaluator =>
    new Evaluator(set, { context, facts, off, rolloutVariant: () => variant });
  const evaluator = evaluatorFor(variant);
  const isCounted =
    set.forOrigin.length + experiments.length > 0 &&
    !isAhead(request, hasPurpose) &&
    !isBot(facts.header('user-agent') ?? null);
  recorder.touch();
  const headers = headersOf(evaluator, set, unit, isCounted ? recorder.served : undefined);
  return {
    headersFor: asked => {
      if (asked === variant) return headers;
      try {
        return headersOf(evaluatorFor(asked), set, unit);
      } catch (error) {
        logDefect('evaluating flags', error);
        return [];
      }
    },
    experiments: isCounted ? experiments.map(flag => evaluator.of(flag)) : [],
    unit,
    recorder,
  };
}

function headersOf(
  evaluator: Evaluator,
  set: FlagSet,
  unit: string | undefined,
  served?: FlagRecorder['served'],
): HeaderPairs {
  const headers: [string, string][] = [];
  const value = flagsHeader(evaluator, set, served);
  if (value !== undefined) headers.push(['x-weir-flags', value]);
  if (set.sendsUnit && unit !== undefined && UNIT.test(unit)) headers.push(['x-weir-unit', unit]);
  return headers;
}

/** Once for each answered request. Never throws: the outcome of the request is counted after it. */
export function countExperiments({ experiments, unit, recorder }: FlagVisit, goals: readonly Goal[]): void {
  if (unit === undefined) return;
  try {
    for (const evaluation of experiments) recorder.tried(evaluation, unit, goals);
  } catch (error) {
    logDefect('counting experiments', error);
  }
}
