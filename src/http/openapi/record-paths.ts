/** What is kept of a rollout: documents, judged intervals, reports. */
import { ACCESS, json, NAME, reference, refused, text, UNREACHABLE, viewer } from './parts.ts';

export const recordPaths = {
  '/__weir/api/rollouts/{name}/documents': {
    parameters: [NAME],
    get: {
      summary: 'The last 50 documents, newest first: who put them, and which paths changed',
      description: 'With `revision` the text of one, for operators.',
      security: viewer,
      parameters: [
        {
          name: 'revision',
          in: 'query',
          description: 'one of the history, or "current" for what is in force',
          schema: { type: 'string', pattern: '^(\\d{1,15}|current)$' },
        },
      ],
      responses: {
        200: json('The history, or one document', {
          oneOf: [reference('History'), reference('DocumentText')],
        }),
        400: refused('Malformed name or revision'),
        503: UNREACHABLE,
        ...ACCESS,
      },
    },
  },
  '/__weir/api/rollouts/{name}/intervals': {
    parameters: [NAME],
    get: {
      summary: 'What was judged, oldest first, one JSON object a line: weir replay reads it',
      security: viewer,
      parameters: [
        {
          name: 'window',
          in: 'query',
          description: '1s to 1h',
          schema: { type: 'string', pattern: '^[0-9]{1,9}(ms|s|m|h|d)$', default: '1h' },
        },
      ],
      responses: {
        200: { description: 'JSON lines', content: { 'application/jsonl': { schema: text } } },
        400: refused('Malformed name or window'),
        503: UNREACHABLE,
        ...ACCESS,
      },
    },
  },
  '/__weir/api/rollouts/{name}/reports': {
    parameters: [NAME],
    get: {
      summary: 'The last 20 rollouts, newest first',
      security: viewer,
      responses: { 200: json('In short', reference('Reports')), 503: UNREACHABLE, ...ACCESS },
    },
  },
  '/__weir/api/rollouts/{name}/reports/{id}': {
    parameters: [NAME, { name: 'id', in: 'path', required: true, schema: text }],
    get: {
      summary: 'One of them: every step, its figures, every decision and why',
      security: viewer,
      responses: { 200: json('The report', reference('Report')), 503: UNREACHABLE, ...ACCESS },
    },
  },
  '/__weir/api/rollouts/{name}/plan': {
    parameters: [NAME],
    get: {
      summary: 'What the plan can tell at the traffic of the last 24 hours, before it starts',
      security: viewer,
      responses: {
        200: json('In figures and in sentences', reference('Forecast')),
        503: UNREACHABLE,
        ...ACCESS,
      },
    },
  },
};
