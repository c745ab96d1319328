/** An app's request as evaluation sees it: whose flags are asked for, and what the edge knows of them. */
import type { FlagRequest } from '../../core/flags/evaluation.ts';
import { TARGETING_KEY } from '../../core/flags/names.ts';
import { unitOf as unitOfContext } from '../../core/flags/flag-facts.ts';
import type { Active } from '../../core/rollout/active.ts';
import { decide } from '../../core/rollout/decide.ts';
import type { Env } from '../../edge/env.ts';
import type { HostMemory } from '../../edge/host-book.ts';
import type { Isolate } from '../../edge/isolate.ts';
import type { RequestTarget } from '../../edge/request-target.ts';
import { cookieName, dayOf, readVisitor } from '../../edge/sticky-cookie.ts';
import { unitOf } from '../../edge/unit.ts';
import { VisitorFacts } from '../../edge/visitor-facts.ts';
import { flagReader } from '../flag-visit.ts';
import { clientIp } from '../passage.ts';
import type { Caller } from './caller.ts';

interface Asked {
  readonly request: Request;
  readonly target: RequestTarget;
  readonly env: Env;
  readonly isolate: Isolate;
}

/** @param sent the context as the app gave it */
export function flagRequestOf(
  { request, target, env, isolate }: Asked,
  host: HostMemory,
  caller: Caller,
  sent: Readonly<Record<string, unknown>>,
  now: number,
): FlagRequest {
  const ip = clientIp(request, env);
  const facts = new VisitorFacts(request, target, ip, now);
  const { active } = host.rollout;
  const isVisitor = caller.kind !== 'server';
  const unit =
    isVisitor && active !== undefined && (sent[TARGETING_KEY] ?? null) === null
      ? visitorUnit(request, target, active, ip, isolate, now)
      : undefined;
  const context = unit === undefined ? sent : { ...sent, [TARGETING_KEY]: unit };
  let variant: string | null | undefined = null;
  return {
    context,
    facts,
    off: host.flagOwner.flags.off,
    rolloutVariant: () => {
      if (variant === null)
        variant = variantFor(host, unitOfContext(context, TARGETING_KEY), isVisitor, facts);
      return variant;
    },
  };
}

/** As the proxy would have it; nobody new is made up, for there would be no cookie to keep them. */
function visitorUnit(
  request: Request,
  target: RequestTarget,
  { rollout }: Active,
  ip: string | null,
  isolate: Isolate,
  now: number,
): string | undefined {
  const name = cookieName(rollout, target.isHttps);
  const cookies = request.headers.get('cookie');
  const visitor = readVisitor(cookies, name, dayOf(now), rollout.cookie.maxAgeDays);
  const unit = unitOf(request, rollout, visitor, ip, isolate);
  return unit.isNew ? undefined : unit.text;
}

/**
 * The rollout's variant of that unit, for flags that follow it. Rules ask of the visitor's own request:
 * what the edge sees of a server is the server, so for its users it is known only where there are none.
 */
function variantFor(
  host: HostMemory,
  unit: string | undefined,
  isVisitor: boolean,
  facts: VisitorFacts,
): string | undefined {
  const { active } = host.rollout;
  if (active === undefined || unit === undefined) return undefined;
  const { rollout, split } = active;
  if (!isVisitor && rollout.rules.length > 0) return undefined;
  facts.askFlags(flagReader(host, unit, facts));
  return decide(rollout, split, unit, facts).variant.name;
}
