import { describe, expect, it } from 'vitest';
import { answersOf, deliverySituation, hasDelivery, needsPerson } from '../../dashboard/text/delivery.ts';
import { byUrgency, overall } from '../../dashboard/text/overall.ts';
import type { DeliveryStatus, RolloutStatus } from '../../dashboard/types.ts';
import { IDLE_DELIVERY } from '../support/idle-delivery.ts';
import { ago, deliveryOf, evidenceOf, runOf } from './delivery-status.ts';
import { NOW, statusOf } from './status.ts';

/** Spaces as people type them. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

type Case = [what: string, change: Partial<DeliveryStatus>, safe: string, doing: string, wants: string];

const CASES: readonly Case[] = [
  [
    'one that does well and holds its step',
    {},
    'good: Yes. It does as stable does.',
    'quiet: Step 2 of 4: 5 %. Held 6 min of 10 min; then 25 %.',
    'good: Nothing. It moves on by itself, in 4 min at the earliest.',
  ],
  [
    'one whose evidence is not in yet',
    {
      verdict: { kind: 'inconclusive', text: 'Too few requests.' },
      waitingFor: 'evidence:errors',
      run: runOf({ heldSeconds: 700, nextStepAt: null, estimate: 'about 12 min to go' }),
    },
    'quiet: So far, yes. Too few requests.',
    'quiet: Step 2 of 4: 5 %. Held its 10 min; then 25 %.',
    'good: Nothing. It waits for evidence of errors (for 6 min). About 12 min to go.',
  ],
  [
    'one of which something speaks for a rollback',
    {
      verdict: { kind: 'inconclusive', text: 'Not sure.' },
      evidence: [evidenceOf('all', 'rollback', 30)],
      waitingFor: 'requests',
    },
    'attention: In doubt. Not sure.',
    'quiet: Step 2 of 4: 5 %. Held 6 min of 10 min; then 25 %.',
    'good: Nothing. It waits for more requests (for 6 min).',
  ],
  [
    'one that fails',
    { verdict: { kind: 'fail', criterion: 'errors', text: 'It fails.' } },
    'bad: No. It fails.',
    'quiet: Step 2 of 4: 5 %. Held 6 min of 10 min; then 25 %.',
    'good: Nothing. It moves on by itself, in 4 min at the earliest.',
  ],
  [
    'one that a person has to approve',
    { waitingFor: 'approval', run: runOf({ heldSeconds: 600, nextStepAt: null }) },
    'good: Yes. It does as stable does.',
    'quiet: Step 2 of 4: 5 %. Held its 10 min; then 25 %.',
    'attention: Your approval. The evidence is in; 25 % waits for a person (for 6 min).',
  ],
  [
    'one whose figures do not come',
    { verdict: { kind: 'blind', text: 'No figures for 40 s.' }, waitingFor: 'blind' },
    'attention: Nobody can tell. No figures for 40 s.',
    'quiet: Step 2 of 4: 5 %. Held 6 min of 10 min; then 25 %.',
    'attention: A look at it. The figures stopped coming (for 6 min): are there visitors, does the hub answer?',
  ],
  [
    'one before its first step',
    { run: runOf({ step: -1, weight: 0 }), waitingFor: 'gate:ci.example.com', verdict: null },
    'quiet: Not known yet. Nothing has been judged so far.',
    'quiet: About to start. Nobody is on the candidate yet.',
    'good: Nothing. It waits for the gate ci.example.com (for 6 min).',
  ],
  [
    'one that was stopped by a weight in KV',
    { phase: 'paused', waitingFor: 'hand-weight', run: runOf({ reason: 'weight 2 was written by hand' }) },
    'good: Yes. It does as stable does.',
    'attention: Paused at step 2 of 4: 5 %. weight 2 was written by hand',
    'attention: Resume or roll back. A weight was written by hand (for 6 min). Resume to take the plan’s, or roll back.',
  ],
  [
    'one whose comparison is not trusted',
    { distrust: 'Stable is judged worse than itself.' },
    'attention: Not by itself. Automatic rollback is off.',
    'quiet: Step 2 of 4: 5 %. Held 6 min of 10 min; then 25 %.',
    'good: Nothing. It moves on by itself, in 4 min at the earliest.',
  ],
  [
    'one at its last step',
    { phase: 'baking', run: runOf({ step: 3, weight: 100, heldSeconds: 1200, nextStepAt: null }) },
    'good: Yes. It does as stable does.',
    'quiet: Step 4 of 4: 100 %. Held 20 min of 60 min; then it is completed.',
    'good: Nothing. It moves on by itself.',
  ],
  [
    'one that was rolled back',
    { phase: 'rolled-back', run: runOf({ endedAt: ago(900), reason: 'Errors: 41 against 18.3.' }) },
    'good: Yes. Everyone is back on stable.',
    'bad: Rolled back 15 min ago. Errors: 41 against 18.3.',
    'attention: A new version. what to do',
  ],
  [
    'one that is completed',
    { phase: 'completed', verdict: null },
    'good: Yes. It went through every step. It is not judged any more.',
    'quiet: Completed 15 min ago. ',
    'quiet: Adopt it, when you like. what to do',
  ],
  [
    'one that was not started',
    { ...IDLE_DELIVERY, plan: deliveryOf().plan },
    'quiet: Not judged. No rollout is under way: weights move only by hand.',
    'quiet: Not started. The plan: 1 → 5 → 25 → 100 %, in 105 min at the earliest.',
    'quiet: Nothing. Start it when the candidate is up.',
  ],
];

describe('says of a rollout whether it is safe, what it does, what it wants', () => {
  it.each(CASES)('%s', (_, change, ...said) => {
    const { safe, doing, wants } = answersOf(deliveryOf(change), NOW);
    expect(
      [safe, doing, wants].map(({ tone, text, detail }) => plain(`${tone}: ${text}. ${detail}`)),
    ).toEqual(said);
  });

  it('has nothing to say of a rollout that was never given a plan', () => {
    expect(hasDelivery(IDLE_DELIVERY)).toBe(false);
    expect(deliverySituation(IDLE_DELIVERY, NOW)).toBeUndefined();
  });
});

describe('the list of rollouts', () => {
  const named = (name: string, delivery: DeliveryStatus): RolloutStatus =>
    statusOf({ stable: { weight: 95, requests: 100 }, canary: { weight: 5 } }, { name, delivery });
  const listed = (...all: readonly RolloutStatus[]): string[] =>
    byUrgency(
      all.map(status => ({ status, situation: overall(status, NOW) })),
      NOW,
    ).map(({ status }) => status.name);

  it('shows those first that need a person', () => {
    const order = listed(
      named('a-well', deliveryOf()),
      named('b-approval', deliveryOf({ waitingFor: 'approval' })),
      named('c-fails', deliveryOf({ verdict: { kind: 'fail', text: '' } })),
      named('d-paused', deliveryOf({ phase: 'paused' })),
      named('e-idle', IDLE_DELIVERY),
      named('f-distrusted', deliveryOf({ distrust: 'why' })),
    );
    expect(order.slice(0, 4)).toEqual(['c-fails', 'b-approval', 'd-paused', 'f-distrusted']);
  });

  it('lets a rollback be yesterday’s news a day later', () => {
    const rolledBack = (seconds: number) => deliveryOf({ phase: 'rolled-back', since: ago(seconds) });
    expect(needsPerson(rolledBack(3600), NOW)).toBe(true);
    expect(needsPerson(rolledBack(90_000), NOW)).toBe(false);
  });

  it('says in a sentence what it does and wants, and in the tab what is wrong', () => {
    const said = overall(named('a', deliveryOf({ waitingFor: 'approval' })), NOW);
    expect([plain(said.text), said.short]).toEqual([
      'Step 2 of 4: 5 %. It wants: your approval.',
      'waits for approval',
    ]);
    expect(plain(overall(named('a', deliveryOf({ phase: 'rolled-back' })), NOW).text)).toBe(
      'Rolled back 15 min ago. It wants: a new version.',
    );
  });

  it('adds the figures where they are worse than what the plan says', () => {
    const status = { ...named('a', deliveryOf()), lastCounts: ago(600) };
    expect(plain(overall(status, NOW).text)).toMatch(/^Step 2 of 4: 5 %\. Figures are stale: /);
  });
});
