/** What `weir … --json` prints, as JSON Schema: `schema/cli.schema.json` is generated from here. */
import {
  boolean,
  integer,
  list,
  nullable,
  number,
  object,
  orNull,
  reference,
  text,
} from '../src/http/openapi/parts.ts';
import { schemas } from '../src/http/openapi/schemas.ts';

const change = {
  ...object({ path: text, before: {}, after: {} }, ['path']),
  description: 'absent before: it is new; absent after: it is gone',
};
const changes = list(change);
const comparison = object({ changes, consequences: list(text) });
const problems = list(object({ path: text, message: text }));
const answer = reference('Answer');
const stored = reference('Stored');
const wait = object({
  name: text,
  outcome: {
    enum: ['completed', 'rolled-back', 'waits-for-person', 'not-running', 'superseded', 'timed-out'],
  },
  delivery: { anyOf: [reference('Delivery'), { type: 'null' }] },
});

/** Buckets from one to, but not with, another. */
const slices = list(object({ variant: nullable('string'), from: integer, to: integer }));

/** By command; where options change what is printed, there is an alternative for each. */
const COMMANDS: Readonly<Record<string, object>> = {
  status: { anyOf: [reference('Status'), reference('RolloutList')] },
  watch: { ...reference('Status'), description: 'one a line' },
  events: reference('Events'),
  history: reference('History'),
  diff: comparison,
  weight: stored,
  apply: { anyOf: [stored, comparison] },
  disable: stored,
  enable: stored,
  override: object({ rollout: text, variant: text, url: text, path: text, expiresAt: text }, ['url', 'path']),
  start: { anyOf: [answer, wait] },
  wait,
  pause: answer,
  resume: answer,
  approve: answer,
  promote: answer,
  rollback: answer,
  adopt: answer,
  freeze: {
    anyOf: [answer, object({ rollouts: list(text), failed: list(object({ name: text, reason: text })) })],
  },
  check: object({ valid: boolean, problems, warnings: list(text) }),
  plan: object({ steps: list(object({ weight: number, hold: text })), forecast: { type: 'object' } }),
  flags: {
    anyOf: [
      reference('Flags'),
      reference('FlagsStored'),
      object({
        key: text,
        rollout: text,
        flags: { ...text, description: 'whose flags those are: default where the rollout has none' },
        variant: nullable('string'),
        value: {},
        reason: text,
        errorCode: nullable('string'),
        errorDetails: text,
        rule: text,
        bucket: nullable('integer'),
        gate: orNull(object({ kind: text, name: text, has: nullable('string') })),
        shared: list(object({ kind: text, name: text, isIn: boolean, bucket: integer, slices })),
        rules: list(object({ name: text, outcome: text, bucket: nullable('integer'), slices })),
        metadata: { type: 'object' },
        unknown: { ...list(text), description: 'asked for by conditions, and known to the edge alone' },
        asksVariant: { ...boolean, description: "whether the rollout's variant was asked for and not given" },
      }),
    ],
  },
  replay: object({
    candidate: object({ name: text, version: nullable('string'), hash: text }),
    leftOut: object({ arms: list(text), hashes: list(text) }),
    phase: reference('Phase'),
    waitingFor: nullable('string'),
    reason: nullable('string'),
    verdict: orNull(reference('Verdict')),
    evidence: list(reference('Evidence')),
    steps: list({ type: 'object' }),
    decisions: list(object({ at: text, by: text, text })),
  }),
};

export function cliSchema(): object {
  const all = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'weir --json',
    description: 'What each command prints: #/$defs/weir-<command>',
    $defs: {
      ...Object.fromEntries(Object.entries(COMMANDS).map(([name, schema]) => [`weir-${name}`, schema])),
      ...schemas,
    },
  };
  return JSON.parse(JSON.stringify(all).replaceAll('#/components/schemas/', '#/$defs/')) as object;
}
