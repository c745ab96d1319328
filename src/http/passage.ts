/** A request on its way, what it is handled with, and its exchange with an origin. */
import type { Rollout, Variant } from '../core/rollout/compile.ts';
import type { Env } from '../edge/env.ts';
import type { Isolate } from '../edge/isolate.ts';
import type { HeaderFacts } from '../edge/request-facts.ts';
import type { RequestTarget } from '../edge/request-target.ts';
import { exchange, outgoingRequest, type UpstreamResult } from '../edge/upstream.ts';
import type { FlagVisit } from './flag-visit.ts';

export interface Passage {
  readonly request: Request;
  readonly target: RequestTarget;
  readonly facts: HeaderFacts;
  readonly hop: string;
  /** The client's address, if the platform told it. */
  readonly ip: string | null;
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly isolate: Isolate;
  /** What flags add; undefined for most hosts. */
  readonly flags: FlagVisit | undefined;
}

/** Where the framing says nothing (HTTP/2 may not), a GET or HEAD is taken to have none. */
export function hasBody({ request, facts }: Passage): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return facts.hasBody ?? (!isRead && request.body !== null);
}

export function clientIp(request: Request, env: Env): string | null {
  const value = request.headers.get(env.CLIENT_IP_HEADER ?? 'cf-connecting-ip');
  if (value === null || !value.includes(',')) return value;
  // A list (X-Forwarded-For of a trusted proxy): the last entry is the one that proxy saw.
  return value.slice(value.lastIndexOf(',') + 1).trim();
}

/** A request that may be sent twice and copied: it changes nothing (RFC 9110, section 9.2.1) and is all here. */
export function isRepeatable(passage: Passage): boolean {
  const { method } = passage.request;
  return (method === 'GET' || method === 'HEAD') && !hasBody(passage) && !passage.facts.hasUpgrade;
}

/** A body up to this length mostly comes in one piece with its headers. */
const MAX_SHORT_BODY = 64 * 1024;

/**
 * Whether a client may have left amid its upload: the runtime has the same error for that as for an
 * origin that broke off (docs/limits.md), so a lost exchange says little of the origin.
 */
export function mayHaveLeft(passage: Passage): boolean {
  if (!hasBody(passage)) return false;
  const length = passage.request.headers.get('content-length');
  return length === null || Number(length) > MAX_SHORT_BODY;
}

export interface Asking {
  /** The visitor's cache may hold another variant's pages. */
  readonly dropConditional: boolean;
  /** The request has been sent before. */
  readonly isRepeat: boolean;
  /** To response headers; null waits for ever. */
  readonly timeoutMs: number | null;
}

export function requestTo(
  variant: Variant,
  passage: Passage,
  { dropConditional, isRepeat }: Pick<Asking, 'dropConditional' | 'isRepeat'>,
): Request {
  const { request, target, facts, hop, ip, flags } = passage;
  // Of the variant that is asked, not of the one that was decided: a page and its flags belong together.
  const flagHeaders = flags?.headersFor(variant.name);
  return outgoingRequest(request, {
    target,
    variant,
    facts,
    hop,
    clientIp: ip,
    flagHeaders,
    dropConditional,
    isRepeat,
  });
}

export function askOrigin(variant: Variant, passage: Passage, asking: Asking): Promise<UpstreamResult> {
  return exchange(requestTo(variant, passage, asking), asking.timeoutMs);
}

/** An origin answers an upload after it, however long that takes; without a body it has no excuse. */
export function timeoutFor(passage: Passage, rollout: Rollout): number | null {
  return hasBody(passage) ? rollout.proxy.bodyTimeoutMs : rollout.proxy.timeoutMs;
}
