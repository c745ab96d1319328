/** What the surfaces answer with. */
import { deliverySchemas } from './delivery-schemas.ts';
import { flagSchemas } from './flag-schemas.ts';
import { boolean, integer, list, nullable, number, object, reference, text } from './parts.ts';

const difference = { anyOf: [{ $ref: '#/components/schemas/Difference' }, { type: 'null' }] };
const column = (type: string | string[]) => ({ type: 'array', items: { type } });
const gaps = column(['number', 'null']);

export const schemas = {
  Problem: object(
    {
      type: text,
      status: integer,
      title: text,
      detail: text,
      errors: { type: 'array', items: object({ path: text, message: text }) },
    },
    ['type', 'status', 'title'],
  ),
  Figures: object({
    requests: integer,
    errors: integer,
    requestsPerSecond: number,
    errorRatio: nullable('number'),
    p50: nullable('number'),
    p95: nullable('number'),
    p99: nullable('number'),
  }),
  Status: object({
    name: text,
    phase: reference('Phase'),
    delivery: reference('Delivery'),
    enabled: nullable('boolean'),
    revision: integer,
    document: object({ source: { enum: ['kv', 'variables', 'none'] }, by: text, at: text }, ['source']),
    weight: { type: ['object', 'null'] },
    variants: {
      type: 'object',
      additionalProperties: object(
        {
          origin: text,
          version: text,
          weight: number,
          weightInForce: nullable('number'),
          requests: integer,
          errors: integer,
          recent: { $ref: '#/components/schemas/Figures' },
        },
        ['origin', 'weight', 'weightInForce', 'requests', 'errors', 'recent'],
      ),
    },
    comparisons: {
      type: 'object',
      description: 'stable against each candidate over the window',
      additionalProperties: { $ref: '#/components/schemas/Comparison' },
    },
    experiments: {
      type: 'object',
      description: 'by flag: units and goals of each variant, with intervals that hold at all times',
      additionalProperties: { $ref: '#/components/schemas/Experiment' },
    },
    window: object({ seconds: integer }),
    hub: { enum: ['ok', 'unreachable'] },
    isolates: integer,
    lostOutcomes: integer,
    sinks: {
      type: 'object',
      description: 'the sinks beside the hub, by name',
      additionalProperties: object({ lost: integer, trouble: text }, ['lost']),
    },
    configErrors: integer,
    problems: { type: 'array', items: object({ key: text, path: text, message: text }) },
    lastCounts: nullable('string'),
  }),
  Experiment: object({
    baseline: text,
    oneIn: { ...integer, description: 'one in so many units is counted; 1 is all of them' },
    note: { ...text, description: 'how the texts are meant' },
    goals: {
      type: 'object',
      description: 'by goal; the baseline first',
      additionalProperties: object({
        variants: {
          type: 'array',
          items: object({
            variant: text,
            units: integer,
            reached: integer,
            rate: { anyOf: [object({ value: number, low: number, high: number }), { type: 'null' }] },
            ratio: {
              anyOf: [object({ low: nullable('number'), high: nullable('number') }), { type: 'null' }],
            },
            text: { ...text, description: 'the figures in words' },
          }),
        },
      }),
    },
  }),
  Difference: {
    ...object({ value: number, low: number, high: number }),
    description: 'candidate minus stable, with its 95 % interval',
  },
  Comparison: {
    ...object({ errorRatio: difference, p50: difference, p95: difference, p99: difference }),
    description: 'ratio as a fraction, quantiles in seconds; null where either side has too little',
  },
  Series: object({
    name: text,
    from: { type: 'number', description: 'seconds since 1970, as are all times' },
    to: number,
    at: { ...column('number'), description: 'begin of each bucket, gapless' },
    seconds: { ...column('number'), description: "length of each bucket; the last one's so far" },
    variants: {
      type: 'object',
      additionalProperties: object({
        weight: { ...gaps, description: 'percent in force at the end of the bucket' },
        requests: column('integer'),
        errors: column('integer'),
        p50: { ...gaps, description: 'seconds' },
        p95: gaps,
        p99: gaps,
      }),
    },
  }),
  RolloutList: object({
    rollouts: list(reference('Status')),
    unanswered: { ...list(text), description: 'those whose status could not be had' },
    total: integer,
    hub: { enum: ['ok', 'unreachable'] },
  }),
  Stored: object({
    name: text,
    revision: integer,
    written: boolean,
    effects: { ...list(text), description: 'what else it does, in sentences' },
  }),
  Events: object({
    events: list(object({ id: integer, at: text, by: text, channel: text, action: text, detail: text })),
  }),
  History: object({
    name: text,
    documents: list(
      object({
        revision: integer,
        by: text,
        channel: text,
        at: text,
        changed: { type: ['array', 'null'], items: text, description: 'paths; null for the oldest' },
      }),
    ),
  }),
  DocumentText: object({
    name: text,
    revision: integer,
    document: { type: 'object', description: 'schema/rollout.schema.json' },
  }),
  ...deliverySchemas,
  ...flagSchemas,
};
