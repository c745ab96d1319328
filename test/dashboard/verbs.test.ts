import { describe, expect, it } from 'vitest';
import { effectOnPlan, weightPath } from '../../dashboard/text/change.ts';
import { bodyOf, consequencesOf, offersOf, reasonOf, VERBS } from '../../dashboard/text/verbs.ts';
import type { DeliveryStatus, Phase } from '../../dashboard/types.ts';
import { deliveryOf, runOf } from './delivery-status.ts';

const CANARY = { name: 'canary', version: '7' };
const allowed = (change: Partial<DeliveryStatus>, candidate = CANARY): string[] =>
  offersOf(deliveryOf(change), candidate).flatMap(({ verb, refusal, isNext }) =>
    refusal === null ? [`${verb}${isNext ? '!' : ''}`] : [],
  );
const said = (...lines: readonly string[]): string => lines.join(' ').replaceAll('\u00a0', ' ');

describe('the buttons follow the table of verbs and phases', () => {
  it.each<[Phase, string[]]>([
    ['idle', ['start!', 'rollback']],
    ['progressing', ['pause', 'promote', 'rollback']],
    ['paused', ['approve', 'resume!', 'promote', 'rollback']],
    ['baking', ['pause', 'promote', 'rollback']],
    ['completed', ['rollback']],
    ['adopting', ['rollback']],
    ['rolled-back', ['start', 'rollback']],
  ])('%s allows %j', (phase, verbs) => {
    expect(allowed({ phase })).toEqual(verbs);
  });

  it('offers the next thing to do first: an approval, a new version', () => {
    expect(allowed({ waitingFor: 'approval' })).toEqual(['approve!', 'pause', 'promote', 'rollback']);
    const other = { name: 'canary', version: '8' };
    expect(allowed({ phase: 'rolled-back' }, other)).toEqual(['start!', 'rollback']);
    expect(allowed({ phase: 'completed' }, other)).toEqual(['start!', 'rollback']);
  });

  it('takes an approval beforehand while it is paused, if the next step needs one', () => {
    expect(allowed({ phase: 'paused', run: runOf({ step: 0 }) })).toEqual(['resume!', 'promote', 'rollback']);
  });

  it('gives a reason for every one that is not possible', () => {
    for (const { refusal } of offersOf(deliveryOf({ phase: 'completed' }), CANARY))
      expect(refusal === null || /^[A-Z].*\.$/.test(refusal)).toBe(true);
    const [, , start] = offersOf(deliveryOf({ phase: 'idle', plan: null, run: null }), CANARY);
    expect(start!.refusal).toBe('The document has no plan.');
  });
});

describe('before it is done, it says what will happen', () => {
  it('has something to say of every verb in every phase', () => {
    for (const phase of ['idle', 'progressing', 'paused', 'baking', 'completed', 'rolled-back'] as const)
      for (const verb of VERBS)
        expect(consequencesOf(verb, deliveryOf({ phase }), CANARY).length).toBeGreaterThan(0);
  });

  it('names version, first weight and the rest of the way at the start, and further attempts', () => {
    expect(said(...consequencesOf('start', deliveryOf({ phase: 'idle', run: null }), CANARY))).toMatch(
      /^canary 7 gets 1 % of visitors; then 5, 25, 100 %, each step held and judged\. It is rolled back by itself/,
    );
    const again = deliveryOf({ phase: 'rolled-back' });
    expect(said(...consequencesOf('start', again, CANARY))).toContain('attempt 2 of the same candidate');
    expect(bodyOf('start', again, CANARY, '')).toBe('{"again":true}');
    expect(bodyOf('start', again, { name: 'canary', version: '8' }, '')).toBe('{}');
  });

  it('wants a reason to promote against the evidence, and sends it with force', () => {
    const unproved = deliveryOf({ verdict: { kind: 'inconclusive', text: 'Too few.' } });
    expect([reasonOf('promote', unproved), reasonOf('promote', deliveryOf())]).toEqual([
      'required',
      'optional',
    ]);
    expect(bodyOf('promote', unproved, CANARY, ' a fix ')).toBe('{"force":true,"reason":"a fix"}');
    expect(bodyOf('promote', deliveryOf(), CANARY, '')).toBe('{}');
    expect(said(...consequencesOf('promote', unproved, CANARY))).toContain('does not carry that: Too few.');
  });

  it('says how fast a rollback is, and asks of the old version once the new one has everybody', () => {
    expect(said(...consequencesOf('rollback', deliveryOf(), CANARY))).toMatch(
      /^Everyone on canary \(5 %\) gets stable .* within 2 s; idle ones within 90 s\.$/,
    );
    expect(said(...consequencesOf('rollback', deliveryOf({ phase: 'completed' }), CANARY))).toMatch(
      /^Everyone goes back to the stable version\. Is it still running/,
    );
  });
});

describe('a weight by hand beside a plan', () => {
  it.each<[Phase, to: number, effect: string]>([
    ['idle', 50, 'none'],
    ['progressing', 2, 'pauses'],
    ['baking', 0, 'pauses'],
    ['progressing', 50, 'ends'],
    ['rolled-back', 0, 'none'],
    ['rolled-back', 1, 'ends'],
  ])('%s, from 5 to %d: %s', (phase, to, effect) => {
    expect(effectOnPlan(deliveryOf({ phase }), { canary: 5 }, { canary: to })).toBe(effect);
  });

  it('takes force and a reason where it ends the plan', () => {
    expect(weightPath('pauses', '')).toBe('weight');
    expect(weightPath('ends', ' why & how ')).toBe('weight?force=1&reason=why%20%26%20how');
  });
});
