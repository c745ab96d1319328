/** `GET /__weir/openapi.json`: Weir's own surfaces, for clients and people. */

const json = (description: string, schema: object) => ({
  description,
  content: { 'application/json': { schema } },
});
const refused = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const object = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
});
const text = { type: 'string' } as const;
const number = { type: 'number' } as const;
const integer = { type: 'integer' } as const;
const boolean = { type: 'boolean' } as const;
const nullable = (type: string) => ({ type: [type, 'null'] });

const NAME = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'host in lower case, or "default"',
  schema: { type: 'string', pattern: '^[a-z0-9.-]{1,253}$' },
};
const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  description: 'ETag of a GET (RFC 9110, section 13.1.1)',
  schema: text,
};
const ACCESS = {
  401: refused('No valid token'),
  403: refused('The token may not do this'),
  404: refused('No such thing, or its token is not set'),
};
const STORED = {
  200: json('Stored and in KV', object({ name: text, revision: integer, written: boolean })),
  202: json(
    'Stored; KV refuses the write just now, it is retried',
    object({ name: text, revision: integer, written: boolean }),
  ),
  400: refused('Malformed If-Match or name'),
  412: refused('Changed meanwhile'),
  413: refused('Too large'),
  422: refused('Does not validate; every problem with its JSON path'),
  ...ACCESS,
};
const viewer = [{ viewer: [] }];
const admin = [{ admin: [] }];

export const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'Weir',
    version: '0.1.0',
    description: 'Splits live HTTP traffic at the edge and measures what each version does to people.',
  },
  paths: {
    '/__weir/health': {
      get: {
        summary: 'Whether the Worker runs',
        responses: { 200: json('It does', object({ status: text })) },
      },
    },
    '/__weir/openapi.json': {
      get: { summary: 'This document', responses: { 200: json('OpenAPI', { type: 'object' }) } },
    },
    '/__weir/metrics': {
      get: {
        summary: 'Counters and gauges for Prometheus',
        security: viewer,
        parameters: [
          { name: 'rollout', in: 'query', description: 'one rollout only; required past 200', schema: text },
        ],
        responses: {
          200: {
            description: 'Text format 0.0.4, or OpenMetrics 1.0 for those who name it in Accept',
            content: { 'text/plain': { schema: text }, 'application/openmetrics-text': { schema: text } },
          },
          400: refused('Too many rollouts for one answer'),
          ...ACCESS,
        },
      },
    },
    '/__weir/api/rollouts': {
      get: {
        summary: 'Every rollout with its status',
        security: viewer,
        responses: {
          200: json(
            'At most 100',
            object({
              rollouts: { type: 'array', items: { $ref: '#/components/schemas/Status' } },
              total: integer,
            }),
          ),
          ...ACCESS,
        },
      },
    },
    '/__weir/api/rollouts/{name}': {
      parameters: [NAME],
      get: {
        summary: 'Status of one rollout',
        security: viewer,
        responses: { 200: json('With an ETag', { $ref: '#/components/schemas/Status' }), ...ACCESS },
      },
      put: {
        summary: 'Puts the document',
        security: admin,
        parameters: [IF_MATCH],
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: { type: 'object', description: 'schema/rollout.schema.json' } },
          },
        },
        responses: STORED,
      },
    },
    '/__weir/api/rollouts/{name}/weight': {
      parameters: [NAME],
      put: {
        summary: 'Sets the weight; an operator may',
        security: admin,
        parameters: [IF_MATCH],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                oneOf: [
                  { type: 'number', minimum: 0, maximum: 100 },
                  { type: 'object', additionalProperties: number },
                ],
              },
            },
          },
        },
        responses: { ...STORED, 409: refused('There is no document to weigh') },
      },
    },
    '/__weir/api/rollouts/{name}/overrides': {
      parameters: [NAME],
      post: {
        summary: 'Mints a signed link that shows one variant to whoever opens it, until it expires',
        security: admin,
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: object(
                {
                  variant: text,
                  ttl: { type: 'string', description: '1m to 30d', default: '1h' },
                  path: { type: 'string', description: 'with query and fragment', default: '/' },
                  host: { type: 'string', description: "host[:port]; default: the rollout's" },
                },
                ['variant'],
              ),
            },
          },
        },
        responses: {
          201: json(
            'The link; the same path with ?weir=off ends what it began',
            object({ rollout: text, variant: text, url: text, path: text, expiresAt: text }),
          ),
          413: refused('Too large'),
          422: refused('Every problem with its JSON path'),
          ...ACCESS,
          404: refused('No such rollout, or ADMIN_TOKEN or OVERRIDE_SECRET is not set'),
        },
      },
    },
    '/__weir/api/rollouts/{name}/events': {
      parameters: [NAME],
      get: {
        summary: 'Audit log, newest first',
        security: viewer,
        parameters: [
          {
            name: 'limit',
            in: 'query',
            schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
          },
        ],
        responses: {
          200: json(
            'Who did what',
            object({
              events: {
                type: 'array',
                items: object({ id: integer, at: text, by: text, channel: text, action: text, detail: text }),
              },
            }),
          ),
          ...ACCESS,
        },
      },
    },
  },
  components: {
    securitySchemes: {
      viewer: { type: 'http', scheme: 'bearer', description: 'VIEWER_TOKEN or ADMIN_TOKEN' },
      admin: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN' },
    },
    schemas: {
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
        configErrors: integer,
        problems: { type: 'array', items: object({ key: text, path: text, message: text }) },
        lastCounts: nullable('string'),
      }),
    },
  },
};
