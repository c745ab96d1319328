/** A contestant is measured only if it does its job, and Weir's result stands only if it counted. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from './contestants.ts';
import { BODY } from './page.ts';
import { VIEWER_TOKEN } from './stage.ts';
import { BROWSER, returning, visit, type Answer, type Headers } from './visitor.ts';

/** Counts travel to the hub within about two seconds. */
const COUNTED_WITHIN_MS = 15_000;
const POLL_MS = 200;

export interface Admission {
  /** What its visitors send from now on. */
  readonly headers: Headers;
  /** Requests that the check itself made. */
  readonly requests: number;
}

/** Lets a visitor come twice. @throws if an answer isn't what it must be */
export async function admit(contestant: Contestant, url: string): Promise<Admission> {
  const first = await expectPage(contestant, url, BROWSER);
  const [setCookie, ...others] = first.setCookie;
  if (contestant.visitor === 'any') {
    if (setCookie !== undefined) throw new Error(`${contestant.title}: sets a cookie`);
    return { headers: BROWSER, requests: 1 };
  }
  if (setCookie === undefined || others.length > 0) {
    throw new Error(`${contestant.title}: a new visitor got ${first.setCookie.length} cookies, expected one`);
  }
  const second = await expectPage(contestant, url, returning(setCookie));
  if (second.setCookie.length > 0) {
    throw new Error(`${contestant.title}: a returning visitor got a cookie: ${second.setCookie.join()}`);
  }
  return { headers: contestant.visitor === 'new' ? BROWSER : returning(setCookie), requests: 2 };
}

async function expectPage(contestant: Contestant, url: string, headers: Headers): Promise<Answer> {
  const answer = await visit(url, headers);
  if (answer.status !== 200) throw new Error(`${contestant.title}: status ${answer.status}`);
  if (answer.body !== BODY) throw new Error(`${contestant.title}: not the origin's page`);
  return answer;
}

/** What Weir's own metrics say. */
export interface Counted {
  readonly requests: number;
  readonly successes: number;
  readonly assignments: number;
  readonly lost: number;
  /** Flags that an origin was told of. */
  readonly exposures: number;
}

/** What a load leaves to be counted. */
export interface Expected {
  /** Requests that were answered. */
  readonly answered: number;
  /** Requests that were under way when a load stopped: counted or not, nobody can tell. */
  readonly underWay: number;
  /** Visitors without a cookie among them. */
  readonly assigned: { readonly answered: number; readonly underWay: number };
  /** That the origin is told of with each request. */
  readonly flags: number;
}

/** Waits until Weir has counted what was sent. @returns the counts, and what is wrong with them */
export async function count(
  origin: string,
  expected: Expected,
): Promise<{ readonly counted: Counted; readonly problem: string | undefined }> {
  const deadline = performance.now() + COUNTED_WITHIN_MS;
  let counted = await readCounts(origin);
  while (counted.requests < expected.answered && performance.now() < deadline) {
    await sleep(POLL_MS);
    counted = await readCounts(origin);
  }
  const isRight =
    isWithin(counted.requests, expected) &&
    isWithin(counted.assignments, expected.assigned) &&
    counted.successes === counted.requests &&
    // Told with a request, before its answer is counted: also with those that wrk broke off.
    counted.exposures >= counted.requests * expected.flags &&
    counted.exposures <= (expected.answered + expected.underWay) * expected.flags &&
    counted.lost === 0;
  const problem = isRight
    ? undefined
    : `Weir counted ${JSON.stringify(counted)}, expected ${JSON.stringify(expected)}`;
  return { counted, problem };
}

function isWithin(value: number, { answered, underWay }: { answered: number; underWay: number }): boolean {
  return value >= answered && value <= answered + underWay;
}

async function readCounts(origin: string): Promise<Counted> {
  const response = await fetch(`${origin}/__weir/metrics`, {
    headers: { authorization: `Bearer ${VIEWER_TOKEN}` },
  });
  if (!response.ok) throw new Error(`/__weir/metrics answered ${response.status}`);
  const lines = (await response.text()).split('\n');
  const sum = (start: string, part = ''): number =>
    lines
      .filter(line => line.startsWith(start) && line.includes(part))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return {
    requests: sum('weir_requests_total{'),
    successes: sum('weir_requests_total{', 'code="2xx"'),
    assignments: sum('weir_assignments_total{'),
    lost: sum('weir_lost_outcomes_total{'),
    exposures: sum('weir_flag_exposures_total{'),
  };
}
