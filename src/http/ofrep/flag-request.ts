/** An app's request as evaluation sees it: whose flags are asked for, and what the edge knows of them. */
import type { FlagRequest } from '../../core/flags/evaluation.ts';
import { TARGETING_KEY } from '../../core/flags/names.ts';
import { unitOf as unitOfContext } from '../../core/flags/flag-facts.ts';
import type { Active } from '../../core/rollout/active.ts';
import type { Variant } from '../../core/rollout/compile.ts';
import { decide } from '../../core/rollout/decide.ts';
import type { Env } from '../../edge/env.ts';
import type { HostMemory } from '../../edge/host-book.ts';
import type { Isolate } from '../../edge/isolate.ts';
import { overrideOf } from '../../edge/override.ts';
import type { RequestTarget } from '../../edge/request-target.ts';
import { cookieName, dayOf, readVisitor } from '../../edge/sticky-cookie.ts';
import { unitOf, type Unit } from '../../edge/unit.ts';
import { VisitorFacts } from '../../edge/visitor-facts.ts';
import { countingOf, flagReader } from '../flag-visit.ts';
import { clientIp } from '../passage.ts';
import type { Caller } from './caller.ts';

interface Asked {
  readonly request: Request;
  readonly target: RequestTarget;
  readonly env: Env;
  readonly isolate: Isolate;
}

/** Who asks from a browser, as the proxy would have it. */
interface Visitor extends Pick<Unit, 'text' | 'isNew'> {
  /** The variant of a valid override. */
  readonly forced: Variant | undefined;
}

/** @param sent the context as the app gave it */
export async function flagRequestOf(
  { request, target, env, isolate }: Asked,
  host: HostMemory,
  caller: Caller,
  sent: Readonly<Record<string, unknown>>,
  now: number,
): Promise<FlagRequest> {
  const ip = clientIp(request, env);
  const facts = new VisitorFacts(request, target, ip, now);
  const { active } = host.rollout;
  const visitor =
    caller.kind === 'server' || active === undefined
      ? undefined
      : await visitorOf({ request, target, env, isolate }, active, ip, now);
  const isNamed = (sent[TARGETING_KEY] ?? null) !== null;
  const context =
    isNamed || visitor?.text === undefined || visitor.isNew
      ? sent
      : { ...sent, [TARGETING_KEY]: visitor.text };
  let variant: string | null | undefined = null;
  return {
    context,
    facts,
    off: host.flagOwner.flags.off,
    rolloutVariant: () => {
      if (variant === null)
        variant =
          caller.kind === 'server'
            ? variantOfUser(active, unitOfContext(context, TARGETING_KEY), facts)
            : variantOfVisitor(host, visitor, facts, isolate);
      return variant;
    },
  };
}

async function visitorOf(
  { request, target, env, isolate }: Asked,
  { rollout }: Active,
  ip: string | null,
  now: number,
): Promise<Visitor> {
  const cookieHeader = request.headers.get('cookie');
  const name = cookieName(rollout, target.isHttps);
  const visitor = readVisitor(cookieHeader, name, dayOf(now), rollout.cookie.maxAgeDays);
  const { text, isNew } = unitOf(request, rollout, visitor, ip, isolate);
  const secret = env.OVERRIDE_SECRET;
  // The cookie alone: a link is opened as a page.
  const { isHttps } = target;
  const override = await overrideOf({ path: '/', cookieHeader, rollout, isHttps, secret, nowMs: now });
  return { text, isNew, forced: override?.kind === 'forced' ? override.variant : undefined };
}

/**
 * The variant of the visitor's pages, whatever `targetingKey` their app sends: that draws flags, never the
 * rollout. Nobody new is made up, for there would be no cookie to keep them.
 */
function variantOfVisitor(
  host: HostMemory,
  visitor: Visitor | undefined,
  facts: VisitorFacts,
  isolate: Isolate,
): string | undefined {
  const { active } = host.rollout;
  if (active === undefined || visitor === undefined) return undefined;
  const { text, isNew, forced } = visitor;
  if (isNew && forced === undefined) return undefined;
  facts.askFlags(flagReader(host, text, facts, isolate.delivery(countingOf(host).name).recorder.flags));
  return decide(active.rollout, active.split, text, facts, forced).variant.name;
}

/**
 * For a server's user. Rules ask of the visitor's own request, and what the edge sees of a server is the
 * server: it is known only where there are none.
 */
function variantOfUser(
  active: Active | undefined,
  unit: string | undefined,
  facts: VisitorFacts,
): string | undefined {
  if (active === undefined || unit === undefined || active.rollout.rules.length > 0) return undefined;
  return decide(active.rollout, active.split, unit, facts).variant.name;
}
