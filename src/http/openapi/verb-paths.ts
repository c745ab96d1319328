/** `POST …/<verb>`. The bodies are those of admin/command-bodies.ts; a test compares them. */
import { MAX_FREEZE_DAYS } from '../../core/delivery/freeze.ts';
import {
  ACCESS,
  admin,
  boolean,
  json,
  list,
  NAME,
  object,
  operator,
  reference,
  refused,
  text,
  UNREACHABLE,
} from './parts.ts';

export const REASON = { type: 'string', minLength: 1, maxLength: 500 };
const version = { type: 'string', minLength: 1, maxLength: 128 };
const until = {
  type: ['string', 'null'],
  format: 'date-time',
  description: `with an offset, at most ${MAX_FREEZE_DAYS} days ahead; null ends the freeze`,
};

interface VerbPath {
  readonly summary: string;
  readonly security?: readonly object[];
  readonly body: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  /** Of a body that isn't as described: read as far as it goes. */
  readonly isLenient?: true;
}

const VERBS: Readonly<Record<string, VerbPath>> = {
  start: {
    summary: 'Begins at step one',
    body: {
      version: { ...version, description: "set as the candidate's version in the document first" },
      again: { ...boolean, description: 'the same candidate that failed, once more' },
    },
  },
  pause: {
    summary: 'Stops the hold clock and every advance; evidence and rollback go on',
    body: { reason: REASON },
  },
  resume: { summary: 'Goes on with the same step; the clock goes on where it stood', body: {} },
  approve: { summary: 'Lets the step that asks for approval begin', body: {} },
  promote: {
    summary: 'To weight 100; with another verdict than pass only with force and a reason',
    body: { force: boolean, reason: REASON },
  },
  rollback: {
    summary:
      'Every weight and cap to 0, rules included; never refused, in no phase, also not for its body: what of it cannot be read is ignored, a longer reason is cut',
    body: { reason: REASON },
    isLenient: true,
  },
  adopt: {
    summary: "After completion: the canary's origin becomes the stable one",
    security: admin,
    body: {
      undo: { ...boolean, description: 'back to the stable before the last adopt, for 7 days' },
      confirmed: { ...boolean, description: 'the old stable is still scaled up' },
    },
  },
  freeze: {
    summary: 'No advance until then; never holds a rollback',
    body: { until, reason: REASON },
    required: ['until'],
  },
};

const bodyOf = ({ body, required, isLenient }: VerbPath) => {
  const schema = { ...object(body, [...(required ?? [])]), additionalProperties: isLenient === true };
  return { required: required !== undefined, content: { 'application/json': { schema } } };
};

const UNANSWERED = {
  503: refused('The controller gave no answer: it may have been done or not; ask again'),
  ...ACCESS,
};
const REFUSALS = {
  409: refused('The phase does not allow it; the reason names the verb that would help'),
  413: refused('Too large'),
  422: refused('Every problem with its JSON path'),
  ...UNANSWERED,
};

const verbPath = (verb: VerbPath) => ({
  parameters: [NAME],
  post: {
    summary: verb.summary,
    security: verb.security ?? operator,
    requestBody: bodyOf(verb),
    responses: {
      200: json('Done, or so already', reference('Answer')),
      ...(verb.isLenient === true ? UNANSWERED : REFUSALS),
    },
  },
});

const switchPath = (summary: string) => ({
  parameters: [NAME],
  post: {
    summary,
    security: operator,
    responses: {
      200: json('Stored and in KV', reference('Stored')),
      412: refused('Changed meanwhile'),
      ...REFUSALS,
    },
  },
});

export const verbPaths = {
  ...Object.fromEntries(
    Object.entries(VERBS).map(([name, verb]) => [`/__weir/api/rollouts/{name}/${name}`, verbPath(verb)]),
  ),
  '/__weir/api/rollouts/{name}/disable': switchPath('Everyone on stable, whatever else is said'),
  '/__weir/api/rollouts/{name}/enable': switchPath('What the document and the weight say, again'),
  '/__weir/api/freeze': {
    post: {
      summary: 'No rollout advances until then; each can still roll back',
      security: operator,
      requestBody: bodyOf(VERBS['freeze']!),
      responses: {
        200: json(
          'Which are frozen',
          object({ rollouts: list(text), failed: list(object({ name: text, reason: text })) }),
        ),
        413: refused('Too large'),
        422: refused('Every problem with its JSON path'),
        503: UNREACHABLE,
        ...ACCESS,
      },
    },
  },
};
