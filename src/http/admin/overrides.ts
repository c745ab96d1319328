/** `POST /__weir/api/rollouts/:name/overrides`: mints a link that shows one variant until it expires. */
import * as z from 'zod/mini';
import { DEFAULT_ROLLOUT, linkAuthority, rolloutOf, type Actor } from '../../core/rollout/control.ts';
import { parseDuration } from '../../core/rollout/duration.ts';
import { linkPathProblem, withOverride } from '../../core/rollout/override-path.ts';
import { jsonPath, quote, type Problem } from '../../core/rollout/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { duration } from '../../core/rollout/schema-parts.ts';
import { isOrigin } from '../../core/rollout/schema.ts';
import type { Env } from '../../edge/env.ts';
import { readRollouts } from '../../edge/kv-reader.ts';
import { signOverride } from '../../edge/override-token.ts';
import { claimOf, type RequestTarget } from '../../edge/request-target.ts';
import { attempt } from '../../edge/waiting.ts';
import { problem } from '../problem.ts';
import { absent } from './absent.ts';
import { statusOf } from './status.ts';

export interface OverrideCall {
  readonly rollout: string;
  readonly target: RequestTarget;
  readonly actor: Actor;
  readonly env: Env;
}

const path = z.string().check(context => {
  const text = context.value;
  const message =
    linkPathProblem(text) ??
    (claimOf(text) === 'origin' ? undefined : "expected a page of the site: /__weir is Weir's own");
  if (message !== undefined) context.issues.push({ code: 'custom', message, input: text });
});

const host = z
  .string()
  .check(
    z.refine(
      text => !text.endsWith('/') && isOrigin(`https://${text}`),
      'expected a host with an optional port, like "www.example.com"',
    ),
  );

function overrideRequest(variants: readonly string[]) {
  const expected = variants.map(name => quote(name)).join(', ');
  const variant = z
    .string(`expected one of: ${expected}`)
    .check(z.refine(name => variants.includes(name), `no such variant; expected one of: ${expected}`));
  return z.strictObject({
    variant,
    ttl: z._default(duration('1m', '30d'), '1h'),
    path: z._default(path, '/'),
    host: z.optional(host),
  });
}

export async function mintOverride(body: string, call: OverrideCall): Promise<Response> {
  const { rollout, target, actor, env } = call;
  const secret = env.OVERRIDE_SECRET ?? '';
  if (secret === '') {
    return problem({
      status: 404,
      title: 'Not Found',
      detail: 'This surface is off: the secret OVERRIDE_SECRET is not set.',
    });
  }
  const status = await statusOf(rollout, env);
  if (!status.ok && status.error !== 'unknown') return absent(rollout, status.error);
  if (!status.ok || status.value.enabled === null) {
    return problem({
      status: 404,
      title: 'Not Found',
      detail: `There is no rollout "${rollout}" to override: no valid document of that name.`,
    });
  }
  const parsed = parse(body, Object.keys(status.value.variants));
  if (!parsed.ok) return refused(parsed.error);
  const { variant, ttl, path, host } = parsed.value;
  const authority = host ?? linkAuthority(rollout, target.authority);
  const hostProblem = await problemOfHost(authority, host !== undefined, call);
  if (hostProblem !== undefined) return refused([{ path: '$.host', message: hostProblem }]);

  const expiry = Math.floor((Date.now() + parseDuration(ttl)) / 1000);
  const expiresAt = new Date(expiry * 1000).toISOString();
  // Before anyone has the link: none is in the world that the audit log does not know.
  await env.ROLLOUT_CONTROLLER.getByName(rollout).note(
    'override',
    `${variant} until ${expiresAt} on ${authority}`,
    actor,
  );
  const link = withOverride(path, await signOverride(secret, rollout, variant, expiry));
  const url = `${target.isHttps ? 'https' : 'http'}://${authority}${link}`;
  return Response.json({ rollout, variant, url, path: link, expiresAt }, { status: 201 });
}

type OverrideRequest = z.output<ReturnType<typeof overrideRequest>>;

function parse(body: string, variants: readonly string[]): Result<OverrideRequest, Problem[]> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return err([{ path: '$', message: 'expected JSON like {"variant": "canary", "ttl": "1h"}' }]);
  }
  const parsed = overrideRequest(variants).safeParse(json);
  if (parsed.success) return ok(parsed.data);
  return err(parsed.error.issues.map(issue => ({ path: jsonPath(issue.path), message: issue.message })));
}

/** A link is signed for one rollout: on a host that another one serves it would do nothing. */
async function problemOfHost(
  authority: string,
  isGiven: boolean,
  { rollout, env }: OverrideCall,
): Promise<string | undefined> {
  const host = rolloutOf(authority);
  if (rollout !== DEFAULT_ROLLOUT) {
    return host === rollout ? undefined : `expected "${rollout}", the one host of this rollout`;
  }
  // This call came to ADMIN_HOST then, and only the admin surfaces are there.
  if (!isGiven && (env.ADMIN_HOST ?? '') !== '')
    return 'expected the host of your site: on ADMIN_HOST a link leads nowhere';
  if (host === DEFAULT_ROLLOUT) return undefined;
  const found = await attempt('reading KV', () => readRollouts(env.ROLLOUTS, [host]));
  return (found?.get(host)?.document ?? null) === null
    ? undefined
    : `"${host}" has a rollout of its own: ask for a link into that one`;
}

function refused(errors: readonly Problem[]): Response {
  return problem({ status: 422, title: 'Unprocessable Content', detail: 'No link was made.', errors });
}
