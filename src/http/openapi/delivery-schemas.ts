/** The rollout that moves itself, as core/delivery/delivery-status.ts has it. */
import { VERDICTS } from '../../core/analysis/verdict.ts';
import { PHASES } from '../../core/delivery/phase.ts';
import { boolean, integer, list, nullable, number, object, orNull, reference, text } from './parts.ts';

const time = { type: 'string', format: 'date-time' };
const timeOrNull = { type: ['string', 'null'], format: 'date-time' };
const counts = object({ count: number, requests: number });
const steps = list(object({ weight: number, holdSeconds: number, approval: boolean }));

const runHead = {
  id: integer,
  candidate: text,
  version: nullable('string'),
  attempt: integer,
  startedAt: time,
  startedBy: text,
  endedAt: timeOrNull,
  outcome: { enum: ['completed', 'rolled-back', 'superseded', 'ended', null] },
  reason: nullable('string'),
};

const stepForecast = object({
  weight: number,
  holdSeconds: number,
  seconds: nullable('number'),
  by: text,
  detect: object({ double: nullable('number'), tenfold: nullable('number') }),
});

export const deliverySchemas = {
  Phase: { enum: [...PHASES] },
  Verdict: object({ kind: { enum: [...VERDICTS] }, criterion: text, text }, ['kind', 'text']),
  Evidence: object({
    criterion: text,
    direction: { enum: ['rollback', 'advance'] },
    logE: { type: 'number', description: 'natural logarithm of the e-value' },
    threshold: { ...nullable('number'), description: 'at which it decides; null: only as a part of "all"' },
    isDecided: boolean,
    observed: orNull(object({ canary: counts, stable: counts, expected: number })),
    margin: text,
    text,
  }),
  Delivery: object({
    phase: reference('Phase'),
    since: timeOrNull,
    advice: text,
    plan: orNull(
      object({
        candidate: text,
        steps,
        criteria: list(object({ name: text, margin: text })),
        falseRollbackRate: number,
        falsePromotionRate: number,
      }),
    ),
    run: orNull(
      object({
        id: integer,
        attempt: integer,
        candidate: text,
        version: nullable('string'),
        startedAt: time,
        startedBy: text,
        endedAt: timeOrNull,
        step: integer,
        steps,
        weight: number,
        stepSince: time,
        heldSeconds: number,
        nextStepAt: timeOrNull,
        estimate: nullable('string'),
        reason: nullable('string'),
      }),
    ),
    caps: {
      type: 'object',
      description: 'highest weight allowed right now in percent, by candidate; not named: not held back',
      additionalProperties: object({ percent: number, isBarred: boolean }),
    },
    waitingFor: {
      type: ['string', 'null'],
      description:
        'hold, requests, evidence:<criterion>, approval, gate:<host>, freeze, blind, mismatch, hand-weight, settle',
    },
    waitingSince: timeOrNull,
    verdict: orNull(reference('Verdict')),
    evidence: list(reference('Evidence')),
    freeze: orNull(object({ until: timeOrNull, reason: text })),
    distrust: nullable('string'),
    untestable: {
      ...nullable('string'),
      description: 'what cannot be tested here, and why: mismatch, unless visitors are told apart by cookie',
    },
    lastTick: timeOrNull,
  }),
  Answer: object({ name: text, message: text, changed: boolean, delivery: reference('Delivery') }),
  Forecast: object({
    name: text,
    traffic: object({
      seconds: number,
      requestsPerSecond: number,
      errorRatio: number,
      latency: object({ buckets: list(list(number)), sumMs: number }),
      audience: orNull(
        object({
          seconds: number,
          visitors: number,
          isAll: boolean,
          spread: orNull(object({ lanes: number, requests: number })),
        }),
      ),
    }),
    forecast: orNull(object({ steps: list(stepForecast), total: nullable('number'), sentences: list(text) })),
  }),
  Reports: object({ name: text, reports: list(object(runHead)) }),
  Report: object({
    ...runHead,
    rollout: text,
    plan: object({
      steps: list(object({ weight: number, holdSeconds: number })),
      falseRollbackRate: number,
      falsePromotionRate: number,
      blastRadius: number,
    }),
    steps: list(
      object({
        step: integer,
        weight: number,
        enteredAt: time,
        leftAt: timeOrNull,
        heldSeconds: number,
        verdict: orNull(reference('Verdict')),
        evidence: list(reference('Evidence')),
      }),
    ),
    decisions: list(object({ at: time, by: text, text, verdict: orNull(reference('Verdict')) })),
  }),
};
