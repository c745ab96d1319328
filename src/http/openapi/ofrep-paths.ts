/** OFREP, as far as Weir has a say in it: bodies are described by the protocol's own OpenAPI file. */
import { json, object, refused, text } from './parts.ts';

const PROTOCOL = 'https://github.com/open-feature/protocol/blob/main/service/openapi.yaml';

const context = object({ context: { type: 'object', additionalProperties: true } }, []);

const common = {
  security: [{ flagKey: [] }, { flagKeyHeader: [] }, {}],
  requestBody: { content: { 'application/json': { schema: context } } },
};

const failures = {
  400: json('PARSE_ERROR, INVALID_CONTEXT or TARGETING_KEY_MISSING', object({ errorCode: text })),
  401: refused('No key, or a wrong one, and the flags are not public'),
  403: refused('A token that does not read flags'),
  413: json('A body of more than 64 KB', object({ errorCode: text })),
  429: refused('Too many evaluations from here; Retry-After says when to go on'),
};

export const ofrepPaths = {
  '/__weir/ofrep/v1/evaluate/flags': {
    post: {
      summary: "All flags of the request's host that the caller may see (OFREP bulk evaluation)",
      externalDocs: { url: PROTOCOL },
      ...common,
      responses: {
        200: json('The flags; the ETag is of their values', object({ flags: { type: 'array' } })),
        304: { description: 'If-None-Match has the ETag of these values' },
        ...failures,
        404: refused('FLAG_KEYS is not set, and the flags are not public'),
      },
    },
  },
  '/__weir/ofrep/v1/evaluate/flags/{key}': {
    post: {
      summary: 'One flag (OFREP single evaluation)',
      externalDocs: { url: PROTOCOL },
      parameters: [{ name: 'key', in: 'path', required: true, schema: text }],
      ...common,
      responses: {
        200: json(
          "The flag; without a value it is the caller's own default",
          object({ key: text, reason: text }),
        ),
        ...failures,
        404: json('There is no such flag, or not for this caller', object({ key: text, errorCode: text })),
      },
    },
  },
};
