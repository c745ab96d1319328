/**
 * A visitor's request: whose configuration, which variant, one exchange with its origin, one
 * outcome. Nothing here waits for anything but that exchange, except the first requests of an
 * isolate, which wait for the configuration, briefly.
 */
import { errorOf, type ErrorKind } from '../core/metrics/outcome.ts';
import { absorb, type Active } from '../core/rollout/active.ts';
import type { Rollout } from '../core/rollout/compile.ts';
import { DEFAULT_ROLLOUT } from '../core/rollout/control.ts';
import { decide } from '../core/rollout/decide.ts';
import type { HostMemory } from '../edge/config-cache.ts';
import { documentOfVariables, secretsOf, type Env } from '../edge/env.ts';
import type { Isolate } from '../edge/isolate.ts';
import { publicResponse, responseFacts } from '../edge/public-response.ts';
import { headerFacts, isNavigation, isUnattended, type HeaderFacts } from '../edge/request-facts.ts';
import type { RequestTarget } from '../edge/request-target.ts';
import {
  cookieName,
  dayOf,
  hasForeignCache,
  readVisitor,
  setCookie,
  stampFor,
} from '../edge/sticky-cookie.ts';
import { exchange, isMadeByCloudflare, outgoingRequest, type UpstreamResult } from '../edge/upstream.ts';
import { problem } from './problem.ts';

/** How long a request in a cold isolate may wait for a configuration before it is served stable. */
const COLD_WAIT_MS = 250;
/** How long it may wait when not even stable is known. */
const UNKNOWN_WAIT_MS = 5000;
const MAX_HOPS = 8;

/** The last resort for a defect of ours: the visitor gets an answer, the log the reason. */
export function failed(error: unknown): Response {
  console.error(JSON.stringify({ message: 'the proxy failed', error: String(error) }));
  return noAnswer('connect');
}

export async function proxy(
  request: Request,
  target: RequestTarget,
  env: Env,
  ctx: ExecutionContext,
  isolate: Isolate,
): Promise<Response> {
  const start = Date.now();
  const facts = headerFacts(request.headers);
  const hop = nextHop(facts.hasHop ? request.headers.get('x-weir-hop') : null, target.authority);
  if (hop === undefined) return loopDetected();

  let host = isolate.config.peek(target.authority);
  if (host === undefined) {
    const provisional = stableOfVariables(env);
    host = await isolate.config.load(
      target.authority,
      env,
      ctx,
      provisional === undefined ? UNKNOWN_WAIT_MS : COLD_WAIT_MS,
    );
    // Known too late: stable, no cookie, not counted.
    if (host === undefined && provisional !== undefined)
      return serveUncounted(request, target, env, facts, hop, provisional);
  } else if (host.rollout.active === undefined || !hasBody(request, facts)) {
    // Not during an upload: with work pending, the runtime ends one that breaks off as if it were whole.
    isolate.config.refreshIfDue(host, env, ctx, start);
  }
  const active = host?.rollout.active;
  if (host === undefined || active === undefined) return notConfigured(host, env, ctx, isolate, start);
  return serve(request, target, env, ctx, isolate, host, active, facts, hop);
}

async function serve(
  request: Request,
  target: RequestTarget,
  env: Env,
  ctx: ExecutionContext,
  isolate: Isolate,
  host: HostMemory,
  active: Active,
  facts: HeaderFacts,
  hop: string,
): Promise<Response> {
  const { rollout, split } = active;
  const start = Date.now();
  const today = dayOf(start);
  const visitor = facts.hasCookie
    ? readVisitor(
        request.headers.get('cookie'),
        cookieName(rollout, target.isHttps),
        today,
        rollout.cookie.maxAgeDays,
      )
    : undefined;
  const isNew = visitor === undefined && rollout.enabled && !isUnattended(request);
  const unit = visitor?.id ?? (isNew ? isolate.newVisitor() : undefined);
  const decision = decide(rollout, split, unit);
  const stamp =
    unit === undefined || !rollout.enabled ? undefined : stampFor(visitor, decision.variant, today);

  const delivery = isolate.delivery(host.rollout.name);
  if (isNew) delivery.recorder.assigned(active, decision);

  const outgoing = outgoingRequest(request, {
    target,
    variant: decision.variant,
    facts,
    hop,
    clientIp: clientIp(request, env),
    dropConditional: hasForeignCache(visitor, stamp, today),
  });
  const result = await exchange(outgoing, timeoutFor(request, facts, rollout));
  const end = Date.now();

  const answer = result.kind === 'answer' ? result.response : undefined;
  const seen = answer === undefined ? undefined : responseFacts(answer.headers);
  delivery.recorder.record(active, {
    decision,
    status: answer?.status ?? 0,
    error: errorOfResult(result),
    ms: end - start,
    isCached: seen?.isCached ?? false,
  });
  isolate.config.refreshIfDue(host, env, ctx, end);
  isolate.scheduleFlush(host.rollout, delivery, env, ctx, end);

  const response =
    answer === undefined || isMadeByCloudflare(answer) ? noAnswer(errorOfResult(result)) : answer;
  return publicResponse(
    response,
    response === answer && seen !== undefined ? seen : NOTHING_SEEN,
    decision.variant,
    target,
    {
      cookie:
        stamp === undefined || unit === undefined
          ? undefined
          : setCookie(rollout, target.isHttps, unit, stamp, today),
      isNavigation: stamp !== undefined && isNavigation(request.headers),
      exposedVariant: rollout.proxy.exposeVariant ? decision.variant.name : undefined,
    },
  );
}

/** An origin answers an upload after it, however long that takes; without a body it has no excuse. */
function timeoutFor(request: Request, facts: HeaderFacts, rollout: Rollout): number | null {
  return hasBody(request, facts) ? rollout.proxy.bodyTimeoutMs : rollout.proxy.timeoutMs;
}

/** Where the framing says nothing (HTTP/2 may not), a GET or HEAD is taken to have none. */
function hasBody(request: Request, facts: HeaderFacts): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return facts.hasBody ?? (!isRead && request.body !== null);
}

const NOTHING_SEEN = { isCached: false, needsChange: false };

function errorOfResult(result: UpstreamResult): ErrorKind | undefined {
  return result.kind === 'answer' ? errorOf(result.response.status) : result.kind;
}

/** The proxy answers for the origin only when the origin gave no answer. */
function noAnswer(error: ErrorKind | undefined): Response {
  return error === 'timeout'
    ? problem({
        status: 504,
        title: 'Gateway Timeout',
        detail: 'The service behind this address took too long to answer.',
      })
    : problem({
        status: 502,
        title: 'Bad Gateway',
        detail: 'The service behind this address could not be reached.',
      });
}

function clientIp(request: Request, env: Env): string | null {
  const value = request.headers.get(env.CLIENT_IP_HEADER ?? 'cf-connecting-ip');
  if (value === null || !value.includes(',')) return value;
  // A list (X-Forwarded-For of a trusted proxy): the last entry is the one that proxy saw.
  return value.slice(value.lastIndexOf(',') + 1).trim();
}

/** @returns the hosts that the request came through with this one added; undefined for a loop */
function nextHop(previous: string | null, authority: string): string | undefined {
  if (previous === null) return authority;
  const hops = previous.split(',', MAX_HOPS + 1).map(hop => hop.trim());
  return hops.length >= MAX_HOPS || hops.includes(authority) ? undefined : `${previous}, ${authority}`;
}

/** RFC 5842, section 7.2 */
function loopDetected(): Response {
  return problem({
    status: 508,
    title: 'Loop Detected',
    detail: 'This request has already come through here: an origin leads back to Weir.',
  });
}

function stableOfVariables(env: Env): Active | undefined {
  const text = documentOfVariables(env);
  if (text === undefined) return undefined;
  return absorb(DEFAULT_ROLLOUT, undefined, { document: { text }, weight: null }, secretsOf(env)).active;
}

async function serveUncounted(
  request: Request,
  target: RequestTarget,
  env: Env,
  facts: HeaderFacts,
  hop: string,
  { rollout, split }: Active,
): Promise<Response> {
  const { variant } = decide(rollout, split, undefined);
  const outgoing = outgoingRequest(request, {
    target,
    variant,
    facts,
    hop,
    clientIp: clientIp(request, env),
    dropConditional: false,
  });
  const result = await exchange(outgoing, timeoutFor(request, facts, rollout));
  if (result.kind !== 'answer' || isMadeByCloudflare(result.response)) return noAnswer(errorOfResult(result));
  const nothing = { cookie: undefined, isNavigation: false, exposedVariant: undefined };
  return publicResponse(result.response, responseFacts(result.response.headers), variant, target, nothing);
}

function notConfigured(
  host: HostMemory | undefined,
  env: Env,
  ctx: ExecutionContext,
  isolate: Isolate,
  now: number,
): Response {
  // So that metrics tell of the documents that were refused.
  if (host !== undefined && host.rollout.configErrors > 0) {
    isolate.scheduleFlush(host.rollout, isolate.delivery(host.rollout.name), env, ctx, now);
  }
  return problem(
    {
      status: 503,
      title: 'Service Unavailable',
      detail: 'This address is not configured yet, or its configuration cannot be read just now.',
    },
    { 'retry-after': '5' },
  );
}
