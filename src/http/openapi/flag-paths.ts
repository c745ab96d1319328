/** `/__weir/api/rollouts/{name}/flags` and below. */
import { ACCESS, flagEditor, json, NAME, reference, refused, text, UNREACHABLE, viewer } from './parts.ts';

const FLAG = {
  name: 'flag',
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
};
const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  description: 'ETag of a GET of the flags (RFC 9110, section 13.1.1); the rollout has another one',
  schema: text,
};
const CONFIRMED = {
  name: 'confirmed',
  in: 'query',
  description: 'flags that somebody switched off meanwhile may be switched on; so does If-Match',
  schema: { enum: ['1', '0', 'true', 'false'] },
};
const STORED = {
  200: json('Stored and in KV', reference('FlagsStored')),
  202: json('Stored; KV refuses the write just now, it is retried', reference('FlagsStored')),
  400: refused('Malformed If-Match or name'),
  412: refused('Changed meanwhile'),
  503: UNREACHABLE,
  ...ACCESS,
};
const STORED_BODY = {
  ...STORED,
  413: refused('Too large'),
  422: refused('Does not validate; every problem with its JSON path'),
};
const PUT_BODY = {
  ...STORED_BODY,
  409: refused('It switches on what somebody switched off meanwhile, and nobody confirms that'),
};
const body = (schema: object) => ({ required: true, content: { 'application/json': { schema } } });

export const flagPaths = {
  '/__weir/api/rollouts/{name}/flags': {
    parameters: [NAME],
    get: {
      summary: 'The feature flags: state, share now, problems, who changed which last; and the document',
      security: viewer,
      responses: { 200: json('With an ETag', reference('Flags')), 503: UNREACHABLE, ...ACCESS },
    },
    put: {
      summary: 'Puts the document of flags; the rollout goes on untouched',
      security: flagEditor,
      parameters: [IF_MATCH, CONFIRMED],
      requestBody: body({ type: 'object', description: 'schema/flags.schema.json' }),
      responses: PUT_BODY,
    },
  },
  '/__weir/api/rollouts/{name}/flags/{flag}': {
    parameters: [NAME, FLAG],
    get: {
      summary: 'One flag, with its definition',
      security: viewer,
      responses: { 200: json('With the ETag of all', reference('FlagText')), 503: UNREACHABLE, ...ACCESS },
    },
    put: {
      summary: 'Puts one flag; refused only for problems that it brings about',
      security: flagEditor,
      parameters: [IF_MATCH, CONFIRMED],
      requestBody: body({ type: 'object', description: 'schema/flags.schema.json, one flag of it' }),
      responses: PUT_BODY,
    },
    patch: {
      summary: 'Turns the switch of a flag, or its share',
      description: 'Switched off it is off on every active isolate within about two seconds.',
      security: flagEditor,
      parameters: [IF_MATCH],
      requestBody: body({
        oneOf: [
          {
            type: 'object',
            properties: { enabled: { type: 'boolean' } },
            required: ['enabled'],
            additionalProperties: false,
          },
          {
            type: 'object',
            properties: { share: { type: 'number', minimum: 0, maximum: 100 } },
            required: ['share'],
            additionalProperties: false,
          },
        ],
      }),
      responses: {
        ...STORED_BODY,
        409: refused('The flag does not say what a share of it would be, or something else moves it'),
      },
    },
    delete: {
      summary: 'Removes one flag: who asks for it gets FLAG_NOT_FOUND, and the default of the app',
      security: flagEditor,
      parameters: [IF_MATCH],
      responses: { ...STORED, 422: refused('Another flag needs it') },
    },
  },
};
