import type { Facts } from '../../src/core/rollout/conditions/facts.ts';
import { Compilation } from '../../src/core/rollout/conditions/compilation.ts';
import { compileCondition } from '../../src/core/rollout/conditions/condition.ts';
import type { Test } from '../../src/core/rollout/conditions/matchers.ts';
import { compileSegments } from '../../src/core/rollout/conditions/segments.ts';
import type { Problem } from '../../src/core/rollout/problem.ts';

type Plain = Omit<Facts, 'header' | 'cookie' | 'query' | 'responseHeader' | 'context' | 'flag'>;

export interface Given extends Partial<Plain> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly queries?: Readonly<Record<string, string>>;
  readonly responseHeaders?: Readonly<Record<string, string>>;
}

/** A request about which nothing is known but that it is a `GET /` at noon. */
export function facts(given: Given = {}): Facts {
  const { headers = {}, cookies = {}, queries = {}, responseHeaders = {}, ...known } = given;
  const own = (record: Readonly<Record<string, string>>, key: string) =>
    Object.hasOwn(record, key) ? record[key] : undefined;
  return {
    country: undefined,
    continent: undefined,
    region: undefined,
    regionCode: undefined,
    city: undefined,
    colo: undefined,
    asn: undefined,
    isEU: undefined,
    device: undefined,
    browser: undefined,
    os: undefined,
    language: undefined,
    host: 'www.example.com',
    path: '/',
    method: 'GET',
    ip: undefined,
    status: undefined,
    time: Date.UTC(2026, 10, 23, 12),
    ...known,
    header: name => own(headers, name),
    cookie: name => own(cookies, name),
    responseHeader: name => own(responseHeaders, name),
    query: name => own(queries, name),
    context: () => undefined,
    flag: () => undefined,
  };
}

/** @returns the compiled condition and what is wrong with it */
export function compiled(
  condition: unknown,
  segments: Readonly<Record<string, unknown>> = {},
): { test: Test; problems: Problem[]; worstNs: number } {
  const compilation = new Compilation([]);
  compileSegments(segments, compilation);
  compilation.worstNs = 0;
  const test = compileCondition(condition, ['if'], compilation);
  return { test, problems: compilation.problems, worstNs: compilation.worstNs };
}

/** @throws if the condition doesn't compile */
export function holds(condition: unknown, given: Given, segments = {}): boolean {
  const { test, problems } = compiled(condition, segments);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return test(facts(given));
}
