/** `/__weir/api/rollouts` and everything below it. */
import {
  ACCESS,
  admin,
  boolean,
  json,
  NAME,
  number,
  object,
  operator,
  reference,
  refused,
  text,
  UNREACHABLE,
  viewer,
} from './parts.ts';
import { REASON } from './verb-paths.ts';

const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  description: 'ETag of a GET (RFC 9110, section 13.1.1)',
  schema: text,
};
const durationIn = (name: string, description: string, byDefault?: string) => ({
  name,
  in: 'query',
  description,
  schema: {
    type: 'string',
    pattern: '^[0-9]{1,9}(ms|s|m|h|d)$',
    ...(byDefault === undefined ? {} : { default: byDefault }),
  },
});
const STORED = {
  200: json('Stored and in KV', reference('Stored')),
  202: json('Stored; KV refuses the write just now, it is retried', reference('Stored')),
  400: refused('Malformed If-Match or name'),
  412: refused('Changed meanwhile'),
  413: refused('Too large'),
  422: refused('Does not validate; every problem with its JSON path'),
  ...ACCESS,
};

export const rolloutPaths = {
  '/__weir/api/rollouts': {
    get: {
      summary: 'Every rollout with its status',
      security: viewer,
      responses: {
        200: json('At most 100', reference('RolloutList')),
        ...ACCESS,
      },
    },
  },
  '/__weir/api/rollouts/{name}': {
    parameters: [NAME],
    get: {
      summary: 'Status of one rollout',
      security: viewer,
      parameters: [durationIn('window', 'how far back figures and comparisons reach: 15s to 24h', '60s')],
      responses: {
        200: json('With an ETag', { $ref: '#/components/schemas/Status' }),
        400: refused('Malformed name or window'),
        503: UNREACHABLE,
        ...ACCESS,
      },
    },
    put: {
      summary: 'Puts the document',
      description: '409 where it brings back a stable that an adopt replaced, and nobody confirms that.',
      security: admin,
      parameters: [
        IF_MATCH,
        {
          name: 'confirmed',
          in: 'query',
          description: 'the stable from before the adopt is meant, and still scaled up',
          schema: { enum: ['1', '0', 'true', 'false'] },
        },
      ],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: { type: 'object', description: 'schema/rollout.schema.json' } },
        },
      },
      responses: STORED,
    },
    delete: {
      summary: 'Removes the keys in KV and all that the controller keeps; only while idle',
      security: admin,
      responses: {
        200: json('It is gone', object({ name: text, removed: boolean })),
        409: refused('It is not idle'),
        503: UNREACHABLE,
        ...ACCESS,
      },
    },
  },
  '/__weir/api/rollouts/{name}/weight': {
    parameters: [NAME],
    put: {
      summary: 'Sets the weight',
      description: 'Lower than before it takes effect at once, and pauses a plan; higher it needs `force`.',
      security: operator,
      parameters: [
        IF_MATCH,
        {
          name: 'force',
          in: 'query',
          description: 'ends the plan, or lifts what a rollback holds down; needs a reason',
          schema: { enum: ['1', '0', 'true', 'false'] },
        },
        { name: 'reason', in: 'query', description: 'for the audit log', schema: REASON },
      ],
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
      responses: {
        ...STORED,
        409: refused(
          'There is no document to weigh, or the phase does not allow it: the reason says what would help',
        ),
      },
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
  '/__weir/api/rollouts/{name}/series': {
    parameters: [NAME],
    get: {
      summary: 'Figures over time, by variant',
      security: viewer,
      parameters: [
        durationIn('window', '1m to 90d', '1h'),
        durationIn(
          'step',
          'least length of a bucket, 10s to 1d; default: the finest that covers the window in about 1,500',
        ),
      ],
      responses: {
        200: json('Columns of equal length', { $ref: '#/components/schemas/Series' }),
        400: refused('Malformed name, window or step'),
        503: UNREACHABLE,
        ...ACCESS,
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
        200: json('Who did what', reference('Events')),
        503: UNREACHABLE,
        ...ACCESS,
      },
    },
  },
};
