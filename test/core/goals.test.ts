import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/core/rollout/compile.ts';
import { reached } from '../../src/core/rollout/goals.ts';
import { documentText, noSecrets, rolloutOf } from '../support/documents.ts';
import { facts, type Given } from '../support/facts.ts';

function reachedBy(condition: object, given: Given): boolean {
  const { goals } = rolloutOf(documentText({ goals: { one: { if: condition } } }));
  return reached(goals, facts(given)).length === 1;
}

function problemsOf(change: Readonly<Record<string, unknown>>): { path: string; message: string }[] {
  const compiled = compileDocument(documentText(change), 'default', noSecrets);
  return compiled.ok ? [] : compiled.error;
}

describe('a goal', () => {
  it.each([
    ['a status', { status: 200 }, 200, true],
    ['another status', { status: 200 }, 201, false],
    ['a class', { status: '2xx' }, 299, true],
    ['the next class', { status: '2xx' }, 300, false],
    ['any of a list', { status: ['3xx', 200] }, 304, true],
    ['a bound', { status: { lt: 400 } }, 404, false],
    ['what it is not', { not: { status: '5xx' } }, 503, false],
  ])('asks of the answer: %s', (_, condition, status, isReached) => {
    expect(reachedBy(condition, { status })).toBe(isReached);
  });

  it('asks of a header of the answer, and of the request as rules do', () => {
    const condition = { path: '/order', 'response.header.Location': { startsWith: '/thanks' } };
    expect(reachedBy(condition, { path: '/order', responseHeaders: { location: '/thanks?id=1' } })).toBe(
      true,
    );
    expect(reachedBy(condition, { path: '/order' })).toBe(false);
    expect(reachedBy(condition, { path: '/', responseHeaders: { location: '/thanks' } })).toBe(false);
  });

  it.each([
    [
      'a rule that asks of the answer',
      { rules: [{ if: { status: 200 }, serve: 'canary' }] },
      '$.rules[0].if.status',
    ],
    ['a segment that does', { segments: { ok: { status: 200 } } }, '$.segments.ok.status'],
    ['no status', { goals: { a: { if: { status: '9xx' } } } }, '$.goals.a.if.status'],
    ['no such attribute', { goals: { a: { if: { statuss: 200 } } } }, '$.goals.a.if.statuss'],
    ['no condition', { goals: { a: {} } }, '$.goals.a.if'],
    ['a goal called other', { goals: { other: { if: { status: 200 } } } }, '$.goals.other'],
    [
      'more than sixteen',
      { goals: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`g${n}`, { if: { status: 200 } }])) },
      '$.goals',
    ],
  ])('is refused with its place: %s', (_, change, path) => {
    expect(problemsOf(change).map(problem => problem.path)).toEqual([path]);
  });
});
