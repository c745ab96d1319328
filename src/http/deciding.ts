/** A request whose configuration is known: who asks, and what is decided for them. */
import type { Active } from '../core/rollout/active.ts';
import type { Variant } from '../core/rollout/compile.ts';
import { decide, type Decision } from '../core/rollout/decide.ts';
import type { HostMemory } from '../edge/host-book.ts';
import type { WhyIgnored } from '../edge/override.ts';
import { cookieName, dayOf, readVisitor, stampFor } from '../edge/sticky-cookie.ts';
import { unitOf } from '../edge/unit.ts';
import { VisitorFacts } from '../edge/visitor-facts.ts';
import { isViewer } from './access.ts';
import { answerFor } from './answering.ts';
import { concernsVisitors, countingOf, flagReader, flagVisitOf } from './flag-visit.ts';
import { overridingOf } from './overriding.ts';
import type { Passage } from './passage.ts';
import { reasonIgnored, reasonOf } from './reason.ts';

export function serve(passage: Passage, host: HostMemory, active: Active): Promise<Response> {
  const start = Date.now();
  const cookies = passage.facts.hasCookie ? passage.request.headers.get('cookie') : null;
  const overriding = overridingOf(passage, active.rollout, cookies, start);
  if (overriding === undefined) {
    const asked = { passage, host, active, cookies, start, forced: undefined, ignored: undefined };
    return decideAndAnswer(asked);
  }
  return overriding.then(outcome =>
    outcome.kind === 'answered'
      ? outcome.response
      : decideAndAnswer({ ...outcome, host, active, cookies, start }),
  );
}

interface Asked {
  readonly passage: Passage;
  readonly host: HostMemory;
  readonly active: Active;
  /** The Cookie header. */
  readonly cookies: string | null;
  readonly start: number;
  /** The variant of a valid override. */
  readonly forced: Variant | undefined;
  /** Why an override was not followed. */
  readonly ignored: WhyIgnored | undefined;
}

async function decideAndAnswer(asked: Asked): Promise<Response> {
  const { passage, host, active, cookies, start, forced } = asked;
  const { request, target, facts, ip, isolate } = passage;
  const { rollout, split } = active;
  const today = dayOf(start);
  const visitor =
    cookies === null
      ? undefined
      : readVisitor(cookies, cookieName(rollout, target.isHttps), today, rollout.cookie.maxAgeDays);
  const unit = unitOf(request, rollout, visitor, ip, isolate, facts.hasPurpose);
  const visitorFacts = new VisitorFacts(request, target, ip, start);
  const isConcerned = concernsVisitors(host);
  const recorder =
    isConcerned || host.flagOwner.flags.set.flags.length > 0
      ? isolate.delivery(countingOf(host).name).recorder.flags
      : undefined;
  if (recorder !== undefined) visitorFacts.askFlags(flagReader(host, unit.text, visitorFacts, recorder));
  const decision = decide(rollout, split, unit.text, visitorFacts, forced);
  // Goals see a flag that follows the rollout as it is now.
  if (recorder !== undefined)
    visitorFacts.askFlags(flagReader(host, unit.text, visitorFacts, recorder, decision.variant.name));
  const { cookieId, isNew } = unit;
  const stamp =
    cookieId === undefined || !rollout.enabled ? undefined : stampFor(visitor, decision.variant, today);
  // Nearly no request says x-weir-something, and then there is nothing to ask.
  const isTold = facts.unwanted !== undefined || asked.ignored !== undefined;
  const reason = isTold ? await reasonToTell(asked, decision) : undefined;
  const { name: variant } = decision.variant;
  const flags =
    recorder === undefined || !isConcerned
      ? undefined
      : flagVisitOf({
          request,
          hasPurpose: facts.hasPurpose,
          host,
          unit: unit.text,
          variant,
          facts: visitorFacts,
          recorder,
        });
  return answerFor(flags === undefined ? passage : { ...passage, flags }, host, active, {
    decision,
    visitor,
    cookieId,
    stamp,
    isNew,
    reason,
    start,
    today,
    facts: visitorFacts,
  });
}

/** Viewers are told why a visitor got their variant; the visitor, why their override was not followed. */
async function reasonToTell({ passage, ignored }: Asked, decision: Decision): Promise<string | undefined> {
  const token = passage.request.headers.get('x-weir-token');
  if (token !== null && (await isViewer(token, passage.env))) return reasonOf(decision, ignored);
  return ignored === undefined ? undefined : reasonIgnored(ignored);
}
