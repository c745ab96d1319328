/**
 * A visitor's request: whose configuration, which variant, one exchange with its origin, one
 * outcome. Nothing here waits for anything but that exchange, except the first requests of an
 * isolate, which wait for the configuration, briefly.
 */
import { absorb, type Active } from '../core/rollout/active.ts';
import { DEFAULT_ROLLOUT } from '../core/rollout/control.ts';
import type { HostMemory } from '../edge/host-book.ts';
import { secretsOf } from '../core/rollout/secrets.ts';
import { documentOfVariables } from '../core/rollout/variables.ts';
import type { Env } from '../edge/env.ts';
import type { Isolate } from '../edge/isolate.ts';
import { publicResponse, responseFacts } from '../edge/public-response.ts';
import { headerFacts } from '../edge/request-facts.ts';
import type { RequestTarget } from '../edge/request-target.ts';
import { serve } from './deciding.ts';
import { withoutOverrides } from './overriding.ts';
import { askOrigin, clientIp, hasBody, timeoutFor, type Passage } from './passage.ts';
import { errorOfResult, isShowable, loopDetected, noAnswer, notConfigured } from './proxy-answers.ts';

/** How long a request in a cold isolate may wait for a configuration before it is served stable. */
const COLD_WAIT_MS = 250;
/** How long it may wait when not even stable is known. */
const UNKNOWN_WAIT_MS = 5000;
const MAX_HOPS = 8;

export async function proxy(
  request: Request,
  target: RequestTarget,
  env: Env,
  ctx: ExecutionContext,
  isolate: Isolate,
): Promise<Response> {
  const facts = headerFacts(request.headers);
  const hop = nextHop(facts.hasHop ? request.headers.get('x-weir-hop') : null, target.authority);
  if (hop === undefined) return loopDetected();
  const ip = clientIp(request, env);
  const passage: Passage = { request, target, facts, hop, ip, env, ctx, isolate, flags: undefined };

  const host = isolate.config.peek(target.authority);
  if (host === undefined) return serveCold(passage);
  // Not during an upload: with work pending, the runtime ends one that breaks off as if it were whole.
  if (host.rollout.active === undefined || !hasBody(passage)) {
    const now = Date.now();
    const isOverdue = isolate.config.refreshIfDue(host, env, ctx, now);
    if (isOverdue) await isolate.config.settled(host, now, COLD_WAIT_MS);
  }
  const { active } = host.rollout;
  return active === undefined ? serveNothing(passage, host) : serve(passage, host, active);
}

/** The first requests in an isolate: wait for the configuration, briefly, then stable. */
async function serveCold(passage: Passage): Promise<Response> {
  const { target, env, ctx, isolate } = passage;
  const { config } = isolate;
  const waitMs =
    documentOfVariables(env) === undefined && config.provisional(target.authority) === undefined
      ? UNKNOWN_WAIT_MS
      : COLD_WAIT_MS;
  const host = await config.load(target.authority, env, ctx, waitMs);
  if (host?.rollout.active !== undefined) return serve(passage, host, host.rollout.active);
  // Known too late: stable, no cookie, not counted.
  const known = config.provisional(target.authority) ?? stableOfVariables(env);
  if (host === undefined && known !== undefined) return serveUncounted(passage, known);
  return serveNothing(passage, host);
}

const NOTHING_ADDED = {
  cookie: undefined,
  isNavigation: false,
  exposedVariant: undefined,
  reason: undefined,
};

/** @returns the hosts that the request came through with this one added; undefined for a loop */
function nextHop(previous: string | null, authority: string): string | undefined {
  if (previous === null) return authority;
  const hops = previous.split(',', MAX_HOPS + 1).map(hop => hop.trim());
  return hops.length >= MAX_HOPS || hops.includes(authority) ? undefined : `${previous}, ${authority}`;
}

function stableOfVariables(env: Env): Active | undefined {
  const text = documentOfVariables(env);
  if (text === undefined) return undefined;
  return absorb(DEFAULT_ROLLOUT, undefined, { document: { text }, weight: null }, secretsOf(env)).active;
}

async function serveUncounted(passage: Passage, { rollout }: Active): Promise<Response> {
  const variant = rollout.variants[0];
  const clean = withoutOverrides(passage, rollout);
  const result = await askOrigin(variant, clean, {
    dropConditional: false,
    isRepeat: false,
    timeoutMs: timeoutFor(clean, rollout),
  });
  if (!isShowable(result)) return noAnswer(errorOfResult(result));
  const seen = responseFacts(result.response.headers);
  return publicResponse(result.response, seen, variant, passage.target, NOTHING_ADDED);
}

function serveNothing({ env, ctx, isolate }: Passage, host: HostMemory | undefined): Response {
  // So that metrics tell of the documents that were refused.
  if (host !== undefined && host.rollout.configErrors > 0) {
    isolate.scheduleFlush(host.rollout, isolate.delivery(host.rollout.name), env, ctx, Date.now());
  }
  return notConfigured();
}
