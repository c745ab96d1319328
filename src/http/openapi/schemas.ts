/** What the surfaces answer with. */
import { integer, nullable, number, object, text } from './parts.ts';

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
    phase: { const: 'idle' },
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
    window: object({ seconds: integer }),
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
};
