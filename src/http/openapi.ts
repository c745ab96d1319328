/** `GET /__weir/openapi.json`: Weir's own surfaces, for clients and people. */
import { ACCESS, json, object, refused, text, viewer } from './openapi/parts.ts';
import { flagPaths } from './openapi/flag-paths.ts';
import { ofrepPaths } from './openapi/ofrep-paths.ts';
import { recordPaths } from './openapi/record-paths.ts';
import { rolloutPaths } from './openapi/rollout-paths.ts';
import { schemas } from './openapi/schemas.ts';
import { verbPaths } from './openapi/verb-paths.ts';

export const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'Weir',
    version: '0.1.0',
    description: 'Splits live HTTP traffic at the edge and measures what each version does to people.',
  },
  paths: {
    '/__weir/': {
      get: {
        summary: 'The dashboard; what it shows comes from this API, with a token',
        responses: { 200: { description: 'A page', content: { 'text/html': { schema: text } } } },
      },
    },
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
    '/__weir/api/me': {
      get: {
        summary: 'Whose token it is',
        security: viewer,
        responses: {
          200: json(
            'Name and role',
            object({ name: text, role: { enum: ['viewer', 'flags', 'operator', 'admin'] } }),
          ),
          ...ACCESS,
        },
      },
    },
    ...rolloutPaths,
    ...verbPaths,
    ...recordPaths,
    ...flagPaths,
    ...ofrepPaths,
  },
  components: {
    securitySchemes: {
      viewer: { type: 'http', scheme: 'bearer', description: 'VIEWER_TOKEN or ADMIN_TOKEN' },
      flags: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN, in the role flags or higher' },
      operator: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN, in the role operator or admin' },
      admin: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN' },
      flagKey: { type: 'http', scheme: 'bearer', description: 'a key of FLAG_KEYS' },
      flagKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'the same' },
    },
    schemas,
  },
};
