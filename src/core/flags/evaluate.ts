/**
 * Evaluation of a document's flags for one caller. In this order: the kill switch, prerequisites, holdout,
 * group, the rollout that a flag follows, its rules, its default. No I/O, and nothing can throw over what
 * an app sends.
 */
import { murmur3 } from '../rollout/hash.ts';
import type { Evaluation, FlagReason, FlagRequest, Gate } from './evaluation.ts';
import { FlagFacts, unitOf, type OtherFlags } from './flag-facts.ts';
import type { BrokenFlag, Flag, FlagRule, FlagSet, FlagVariant, SharedRange } from './flag.ts';
import { pick, type Draw } from './layout.ts';
import { TARGETING_KEY } from './names.ts';

export class Evaluator implements OtherFlags {
  readonly #set: FlagSet;
  readonly #request: FlagRequest;
  readonly #facts: FlagFacts;
  /** By index: a flag that several ask for is evaluated once. */
  #known: (Evaluation | undefined)[] | undefined;

  constructor(set: FlagSet, request: FlagRequest) {
    this.#set = set;
    this.#request = request;
    this.#facts = new FlagFacts(request.facts, request.context, this);
  }

  evaluate(key: string): Evaluation {
    const flag = this.#set.byKey.get(key);
    return flag === undefined ? notFound(key) : this.of(flag);
  }

  /** In the document's order. */
  all(isWanted: (flag: Flag | BrokenFlag) => boolean): Evaluation[] {
    return this.#set.flags.filter(isWanted).map(flag => this.of(flag));
  }

  /** @param flag of this evaluator's document */
  of(flag: Flag | BrokenFlag): Evaluation {
    if (flag.kind === 'broken') return parseError(flag);
    return this.#known?.[flag.index] ?? this.#decide(flag);
  }

  /** For conditions. @returns undefined as long as the flag has none */
  variantOf(key: string): string | undefined {
    return this.#asked(key)?.variant?.name;
  }

  /** For another flag, which may ask again. */
  #asked(key: string): Evaluation | undefined {
    const flag = this.#set.byKey.get(key);
    if (flag?.kind !== 'flag') return undefined;
    this.#known ??= [];
    return (this.#known[flag.index] ??= this.#decide(flag));
  }

  #decide(flag: Flag): Evaluation {
    if (!flag.enabled || this.#request.off.has(flag.key)) return plain(flag, flag.off, 'DISABLED');
    for (const { flag: key, variants } of flag.prerequisites) {
      const parent = this.#asked(key);
      // Switched off it meets nothing, not even a wish for its "off": else a kill switch would turn flags on.
      if (parent?.variant == null || parent.reason === 'DISABLED' || !variants.has(parent.variant.name))
        return gated(flag, flag.off ?? flag.fallback, 'prerequisite', key);
    }
    if (flag.holdout !== null || flag.group !== null) {
      const unit = unitOf(this.#request.context, flag.by);
      if (unit === undefined) return unitMissing(flag, flag.by, '');
      if (flag.holdout !== null && isWithin(flag.holdout, unit))
        return gated(flag, flag.fallback, 'holdout', flag.holdout.name);
      if (flag.group !== null && !isWithin(flag.group, unit))
        return gated(flag, flag.fallback, 'group', flag.group.name);
    }
    if (flag.follows !== null) {
      const isOn = this.#request.rolloutVariant() === flag.follows.variant;
      return isOn
        ? decided(flag, flag.follows.on, 'TARGETING_MATCH', flag.follows.rule, -1)
        : plain(flag, flag.follows.off, 'DEFAULT');
    }
    for (const rule of flag.rules) {
      const evaluation = this.#by(rule, flag);
      if (evaluation !== undefined) return evaluation;
    }
    return plain(flag, flag.fallback, flag.isStatic ? 'STATIC' : 'DEFAULT');
  }

  /** @returns undefined if the rule leaves it to the next one */
  #by(rule: FlagRule, flag: Flag): Evaluation | undefined {
    if (rule.holds !== null && !rule.holds(this.#facts)) return undefined;
    const draw = this.#drawOf(rule);
    switch (draw.kind) {
      case 'nobody':
        return undefined;
      case 'everyone': {
        const reason = rule.holds !== null ? 'TARGETING_MATCH' : rule.isStatic ? 'STATIC' : 'DEFAULT';
        return decided(flag, draw.variant, reason, rule.name, -1);
      }
      case 'ranges': {
        const unit = unitOf(this.#request.context, rule.by);
        if (unit === undefined) return unitMissing(flag, rule.by, rule.name);
        const bucket = murmur3(unit, rule.seed);
        const variant = pick(draw.ranges, bucket);
        return variant === undefined ? undefined : decided(flag, variant, 'SPLIT', rule.name, bucket);
      }
    }
  }

  #drawOf({ draw, schedule }: FlagRule): Draw {
    if (schedule === null) return draw;
    const now = this.#facts.time;
    return schedule.findLast(({ at }) => at <= now)?.draw ?? draw;
  }
}

function isWithin({ seed, from, to }: SharedRange, unit: string): boolean {
  const bucket = murmur3(unit, seed);
  return bucket >= from && bucket < to;
}

/** One shape for all of them: the runtime then reads them fast. */
function decided(
  flag: Flag,
  variant: FlagVariant | null,
  reason: FlagReason,
  rule: string,
  bucket: number,
): Evaluation {
  return {
    key: flag.key,
    flag,
    variant,
    reason,
    errorCode: undefined,
    errorDetails: '',
    rule,
    bucket,
    gate: undefined,
    gateName: '',
  };
}

function plain(flag: Flag, variant: FlagVariant | null, reason: FlagReason): Evaluation {
  return decided(flag, variant, reason, '', -1);
}

function gated(flag: Flag, variant: FlagVariant | null, gate: Gate, gateName: string): Evaluation {
  return { ...plain(flag, variant, 'DEFAULT'), gate, gateName };
}

/** Nobody is drawn without a unit: all who have none would be drawn alike. @param by what it would be */
function unitMissing(flag: Flag, by: string, rule: string): Evaluation {
  const evaluation = { ...gated(flag, flag.fallback, 'unit', by), rule };
  if (by !== TARGETING_KEY) return evaluation;
  const errorDetails = `flag "${flag.key}" needs a targetingKey: a text of 1 to 512 characters, or a whole number`;
  return { ...evaluation, reason: 'ERROR', errorCode: 'TARGETING_KEY_MISSING', errorDetails };
}

function parseError({ key, problem }: BrokenFlag): Evaluation {
  return failed(key, 'PARSE_ERROR', `${problem.path}: ${problem.message}`);
}

function notFound(key: string): Evaluation {
  return failed(key, 'FLAG_NOT_FOUND', `there is no flag "${key}"`);
}

function failed(key: string, errorCode: 'PARSE_ERROR' | 'FLAG_NOT_FOUND', errorDetails: string): Evaluation {
  return {
    key,
    flag: undefined,
    variant: null,
    reason: 'ERROR',
    errorCode,
    errorDetails,
    rule: '',
    bucket: -1,
    gate: undefined,
    gateName: '',
  };
}
