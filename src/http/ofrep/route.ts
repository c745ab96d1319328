/**
 * `POST /__weir/ofrep/v1/evaluate/flags[/:key]`: flags for apps, over the OpenFeature Remote Evaluation
 * Protocol 0.3.0. Flags are those of the request's host.
 */
import { NO_FLAG_SET } from '../../core/flags/compile.ts';
import { Evaluator } from '../../core/flags/evaluate.ts';
import {
  bulkAnswer,
  failureAnswer,
  isNotModified,
  parseOfrepBody,
  singleAnswer,
} from '../../core/flags/ofrep.ts';
import { unitOfAddress } from '../../core/rollout/conditions/address.ts';
import type { Env } from '../../edge/env.ts';
import type { HostMemory } from '../../edge/host-book.ts';
import type { Isolate } from '../../edge/isolate.ts';
import { isUnattended } from '../../edge/request-facts.ts';
import type { RequestTarget } from '../../edge/request-target.ts';
import { TokenBuckets, type Pace } from '../../edge/token-buckets.ts';
import { countingOf } from '../flag-visit.ts';
import { logDefect } from '../counting.ts';
import { clientIp } from '../passage.ts';
import { bodyText } from './body.ts';
import { callerOf, type Caller } from './caller.ts';
import { corsHeaders, preflightAnswer } from './cors.ts';
import { methodNotAllowed, refused, serverError, tooLarge, tooMany } from './errors.ts';
import { flagRequestOf } from './flag-request.ts';

const BASE = '/__weir/ofrep/v1/evaluate/flags';

/** How long an isolate without a configuration looks for one before it says that it has none. */
const LOAD_WAIT_MS = 5000;
const SETTLE_WAIT_MS = 250;

/** Of one isolate. A server asks for all its users; behind an address there may be an office. */
const PACES: Readonly<Record<'server' | 'address', Pace>> = {
  server: { burst: 2000, perSecond: 1000 },
  address: { burst: 200, perSecond: 20 },
};
const MAX_CALLERS = 10_000;
const buckets = new TokenBuckets(MAX_CALLERS);

export function isOfrep(path: string): boolean {
  return path === BASE || path.startsWith(`${BASE}/`);
}

interface Asked {
  readonly request: Request;
  readonly target: RequestTarget;
  /** Undefined for all flags. */
  readonly key: string | undefined;
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly isolate: Isolate;
}

/** @param path without the query */
export async function ofrep(
  request: Request,
  target: RequestTarget,
  path: string,
  env: Env,
  ctx: ExecutionContext,
  isolate: Isolate,
): Promise<Response> {
  const asked = { request, target, key: keyOf(path), env, ctx, isolate };
  const host = await hostOf(asked);
  const cors = host === undefined ? [] : corsHeaders(request, host.flagOwner.flags.set);
  let answer: Response;
  try {
    answer = host === undefined ? serverError() : await answerOf(asked, host);
  } catch (error) {
    logDefect('evaluating flags', error);
    answer = serverError();
  }
  for (const [name, value] of cors) answer.headers.set(name, value);
  return answer;
}

function keyOf(path: string): string | undefined {
  if (path.length <= BASE.length) return undefined;
  const text = path.slice(BASE.length + 1);
  try {
    return decodeURIComponent(text);
  } catch {
    // No flag is called like that.
    return text;
  }
}

/** What is known of the host, read now where this isolate knows nothing yet. */
async function hostOf({ target, env, ctx, isolate }: Asked): Promise<HostMemory | undefined> {
  const { config } = isolate;
  const { authority } = target;
  const host = config.peek(authority);
  // What a visitor is served while the rest is still on its way need not have any flags.
  if (host === undefined || (!areFlagsKnown(host) && config.isLoading(authority)))
    return config.load(authority, env, ctx, LOAD_WAIT_MS, areFlagsKnown);
  const now = Date.now();
  if (config.refreshIfDue(host, env, ctx, now)) await config.settled(host, now, SETTLE_WAIT_MS);
  return host;
}

function areFlagsKnown({ flagOwner }: HostMemory): boolean {
  return flagOwner.flags.isKnown;
}

async function answerOf(asked: Asked, host: HostMemory): Promise<Response> {
  const { request, key, env } = asked;
  const { set } = host.flagOwner.flags;
  if (request.method === 'OPTIONS') return preflightAnswer(request, set);
  if (request.method !== 'POST') return methodNotAllowed();
  // Without flags an app would throw away those that it has.
  if (!areFlagsKnown(host)) return serverError();
  const caller = await callerOf(request, env, set);
  const retryAfterSeconds = buckets.take(...paceOf(caller, asked), Date.now());
  if (retryAfterSeconds > 0) return tooMany(retryAfterSeconds);
  if (typeof caller === 'string') return refused(caller, key);
  const text = await bodyText(request);
  if (!text.ok) return tooLarge(key);
  const context = parseOfrepBody(text.value);
  return context.ok ? evaluated(asked, host, caller, context.value) : json(failureAnswer(context.error, key));
}

/**
 * Who has no valid key is told apart by the address, so that keys can't be tried fast; by its network in
 * IPv6, where one customer has more addresses than there are buckets.
 */
function paceOf(caller: Caller | string, { request, env }: Asked): [caller: string, pace: Pace] {
  return typeof caller !== 'string' && caller.kind === 'server'
    ? [`server ${caller.name}`, PACES.server]
    : [`address ${unitOfAddress(clientIp(request, env) ?? '')}`, PACES.address];
}

async function evaluated(
  asked: Asked,
  host: HostMemory,
  caller: Caller,
  context: Record<string, unknown>,
): Promise<Response> {
  const { request, key, env, ctx, isolate } = asked;
  const now = Date.now();
  const flagRequest = await flagRequestOf(asked, host, caller, context, now);
  const { set } = host.flagOwner.flags;
  const seesAll = caller.kind === 'server';
  const counting = countingOf(host);
  const delivery = isolate.delivery(counting.name);
  try {
    if (key === undefined) {
      const wanted = new Evaluator(set, flagRequest).all(flag => seesAll || flag.client);
      const answer = bulkAnswer(wanted, set, seesAll);
      if (isNotModified(request.headers.get('if-none-match'), answer.etag))
        return new Response(null, { status: 304, headers: { etag: answer.etag, ...UNCACHED } });
      return json(answer, { etag: answer.etag });
    }
    // What one may not see is not there: an answer of another kind would say that it is.
    const isSeen = seesAll || set.byKey.get(key)?.client === true;
    const evaluation = new Evaluator(isSeen ? set : NO_FLAG_SET, flagRequest).evaluate(key);
    if (!isUnattended(request)) delivery.recorder.flags.asked(evaluation);
    return json(singleAnswer(evaluation, set, seesAll));
  } finally {
    // Also where nothing was counted: the hub's reply says what was switched off.
    delivery.recorder.flags.touch();
    isolate.scheduleFlush(counting, delivery, env, ctx, now);
  }
}

const UNCACHED = { 'cache-control': 'no-store' };

function json(
  { status, body }: { readonly status: number; readonly body: string },
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json', ...UNCACHED, ...headers },
  });
}
