/** The JSON bodies of the verbs, and the commands that they become. Unknown keys are refused, but for a rollback. */
import * as z from 'zod/mini';
import { MAX_FREEZE_DAYS, MAX_FREEZE_MS } from '../../core/delivery/freeze.ts';
import type { Command } from '../../core/delivery/phase.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { jsonPath, type Problem } from '../../core/rollout/problem.ts';

/** The verbs with a path of their own; a weight is put, as a value. */
export const VERBS = [
  'start',
  'pause',
  'resume',
  'approve',
  'promote',
  'rollback',
  'adopt',
  'freeze',
] as const satisfies readonly Command['verb'][];
export type PostedVerb = (typeof VERBS)[number];

export const MAX_REASON = 500;

const reason = z.optional(
  z.string().check(
    z.maxLength(MAX_REASON, `expected at most ${MAX_REASON} characters`),
    z.refine(text => text.trim() !== '', 'expected a reason, or none at all'),
  ),
);
const flag = z.optional(z.boolean());

const forced = z.strictObject({ force: flag, reason }).check(
  z.refine(({ force, reason }) => force !== true || reason !== undefined, {
    message: 'expected a reason beside "force": it goes into the audit log',
    path: ['reason'],
  }),
);

/** RFC 3339, section 5.6: with an offset, or nobody knows which morning is meant. */
const until = z.nullable(
  z.iso.datetime({ offset: true, error: 'expected a time like "2026-11-27T18:00:00Z", or null' }),
);

/** The same as the schemas of OpenAPI (openapi/verb-paths.ts); a rollback takes anything. */
const BODIES = {
  start: z.strictObject({
    version: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
    again: flag,
  }),
  pause: z.strictObject({ reason }),
  resume: z.strictObject({}),
  approve: z.strictObject({}),
  promote: forced,
  adopt: z.strictObject({ undo: flag, confirmed: flag }),
  freeze: z.strictObject({ until, reason }),
} as const satisfies Record<Exclude<PostedVerb, 'rollback'>, unknown>;

/**
 * @param body empty is `{}`
 * @param now milliseconds since 1970
 */
export function commandOf(verb: PostedVerb, body: string, now: number): Result<Command, Problem[]> {
  if (verb === 'rollback') return ok(rollbackOf(body));
  let json: unknown;
  try {
    json = body.trim() === '' ? {} : JSON.parse(body);
  } catch {
    return err([{ path: '$', message: 'expected a JSON object, or nothing' }]);
  }
  const parsed = BODIES[verb].safeParse(json);
  if (!parsed.success)
    return err(parsed.error.issues.map(issue => ({ path: jsonPath(issue.path), message: issue.message })));
  if (verb !== 'freeze') return ok({ verb, ...parsed.data } as Command);
  const given = parsed.data as z.output<typeof BODIES.freeze>;
  const end = given.until === null ? null : Date.parse(given.until);
  if (end !== null && !(end > now && end <= now + MAX_FREEZE_MS))
    return err([
      { path: '$.until', message: `expected a time in the future, at most ${MAX_FREEZE_DAYS} days from now` },
    ]);
  return ok({ verb, ...given, until: end } as Command);
}

/** Never refused, so not for its reason either: what can't be read of it is none, and a long one is cut. */
export function rollbackOf(body: string): Command {
  const reason = reasonIn(body).trim().slice(0, MAX_REASON);
  return reason === '' ? { verb: 'rollback' } : { verb: 'rollback', reason };
}

function reasonIn(body: string): string {
  try {
    const { reason } = (JSON.parse(body) ?? {}) as { readonly reason?: unknown };
    return typeof reason === 'string' ? reason : '';
  } catch {
    // Whoever spells JSON wrong in an emergency means it all the same.
    return '';
  }
}

/** `?confirmed=1` of a document, whose body is the document itself. */
export function flagOf(
  name: string,
  query: (name: string) => string | undefined,
): Result<boolean, Problem[]> {
  const text = query(name) ?? '0';
  if (!/^(?:1|0|true|false)$/.test(text))
    return err([{ path: `?${name}`, message: `expected 1 or 0, got ${JSON.stringify(text.slice(0, 40))}` }]);
  return ok(text === '1' || text === 'true');
}

/** `?force=1&reason=…` of a weight, whose body is the value itself. */
export function forceOf(
  query: (name: string) => string | undefined,
): Result<{ readonly force: boolean; readonly reason?: string }, Problem[]> {
  const force = flagOf('force', query);
  if (!force.ok) return force;
  const given = { force: force.value, reason: query('reason') };
  const parsed = forced.safeParse(given);
  if (!parsed.success)
    return err(
      parsed.error.issues.map(issue => ({ path: `?${issue.path.join('.')}`, message: issue.message })),
    );
  return ok({ force: given.force, ...(given.reason === undefined ? {} : { reason: given.reason }) });
}
