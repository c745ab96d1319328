/** What the API answers of feature flags, see core/flags/view.ts. */
import { boolean, integer, list, nullable, number, object, orNull, reference, text } from './parts.ts';

const problems = list(object({ path: text, message: text }));
const share = {
  ...orNull(object({ percent: number, variant: nullable('string'), isScheduled: boolean })),
  description: 'now and in effect, of those whom no earlier rule has taken; null where it would mean nothing',
};
const flag = {
  key: text,
  state: { enum: ['on', 'off', 'broken'], description: 'broken: it answers PARSE_ERROR' },
  type: nullable('string'),
  variants: list(text),
  share,
  rules: { ...integer, description: 'beside the one that the share is of' },
  follows: { ...nullable('string'), description: 'variant of the rollout' },
  client: boolean,
  origin: boolean,
  experiment: boolean,
  problems,
  lastChange: orNull(object({ what: text, by: text, channel: text, at: text })),
};

export const flagSchemas = {
  Flag: object(flag),
  Flags: object({
    name: text,
    revision: integer,
    generation: { ...text, description: 'weir.generation of the answers by this document' },
    put: orNull(object({ by: text, at: text, written: boolean })),
    flags: list(reference('Flag')),
    problems,
    document: { type: 'object', description: 'schema/flags.schema.json' },
  }),
  FlagText: object({ name: text, revision: integer, ...flag, definition: { description: 'as it was put' } }),
  FlagsStored: object({
    name: text,
    revision: integer,
    written: boolean,
    changed: { ...text, description: 'in words, as the audit log has it' },
    effects: { ...list(text), description: 'what else it does, in sentences: whom it moves' },
    flag: {
      ...orNull(object({ state: { enum: ['on', 'off'] }, share })),
      description: 'the one that was changed; null for a document, and for one that is removed',
    },
  }),
};
