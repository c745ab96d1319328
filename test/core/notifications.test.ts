import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTIFICATION_EVENTS, type Notification } from '../../src/core/delivery/notification.ts';
import { notificationJson } from '../../src/core/delivery/notification-json.ts';
import { notificationSlack } from '../../src/core/delivery/notification-slack.ts';
import { EVIDENCE, notificationOf } from '../support/notifications.ts';

const PUBLIC_URL = 'https://weir.example.com';

const json = (notification: Notification, url: string | undefined = PUBLIC_URL) =>
  JSON.parse(notificationJson(notification, url)) as Record<string, unknown>;

interface Text {
  readonly type: string;
  readonly text: string;
  readonly verbatim?: boolean;
}
interface Message {
  readonly text: string;
  readonly blocks: readonly {
    readonly type: string;
    readonly text?: Text;
    readonly fields?: readonly Text[];
  }[];
}

const slack = (notification: Notification, url: string | undefined = PUBLIC_URL) =>
  JSON.parse(notificationSlack(notification, url)) as Message;
const textsOf = ({ blocks }: Message): Text[] =>
  blocks.flatMap(({ text, fields = [] }) => [text ?? [], fields].flat());
const shownBy = (message: Message): string =>
  textsOf(message)
    .map(({ text }) => text)
    .join('\n');

/** Nothing was started, nobody did it, nothing was judged. */
const BARE = notificationOf({
  event: 'config-refused',
  phase: 'idle',
  advice: null,
  run: null,
  shares: {},
  verdict: null,
  evidence: [],
});

describe('the JSON of a notification', () => {
  it('names what happened, where, and why with all figures', () => {
    expect(json(notificationOf())).toEqual({
      id: 'shop.example:7:rolled-back',
      event: 'rolled-back',
      rollout: 'shop.example',
      at: '2026-11-23T02:14:05.250Z',
      phase: 'rolled-back',
      text: 'Rolled back by errors: the canary fails more than 1.1 × stable + 0.01 %.',
      advice: 'find the cause, then weir start with a new version',
      run: 7,
      attempt: 1,
      candidate: 'canary',
      version: '2026-11-23.1',
      step: 2,
      steps: 5,
      weight: 5,
      weights: { canary: 5 },
      waitingFor: null,
      verdict: { kind: 'fail', criterion: 'errors', text: 'errors: 41 first failures, 18.3 expected' },
      evidence: [
        {
          criterion: 'errors',
          direction: 'rollback',
          eValue: expect.closeTo(2500, 6) as number,
          log10EValue: expect.closeTo(Math.log10(2500), 9) as number,
          log10Threshold: null,
          decided: true,
          canary: { count: 41, requests: 1490 },
          stable: { count: 412, requests: 29_940 },
          expected: 18.34,
          margin: '1.1 × stable + 0.01 %',
          text: EVIDENCE.text,
        },
      ],
      actor: null,
      reason: null,
      link: 'https://weir.example.com/__weir/#/shop.example',
    });
  });

  it('has the same keys for every event, whatever is known', () => {
    const keys = Object.keys(json(notificationOf()));
    for (const event of NOTIFICATION_EVENTS)
      for (const base of [notificationOf({ event }), { ...BARE, event }])
        expect(Object.keys(json(base))).toEqual(keys);
  });

  it('is described in docs/notifications.md by an example with exactly these keys', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/notifications.md', import.meta.url)), 'utf8');
    const [, example = ''] = /^```json\n(.*?)^```$/ms.exec(page) ?? [];
    const shape = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shape)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
          : null;
    expect(shape(JSON.parse(example))).toEqual(shape(json(notificationOf())));
    for (const event of NOTIFICATION_EVENTS) expect(page).toContain(`| \`${event}\``);
  });

  it.each([
    ['none without PUBLIC_URL', undefined, null],
    ['none for an empty one', ' ', null],
    [
      'one slash between the two',
      'https://weir.example.com//',
      'https://weir.example.com/__weir/#/shop.example',
    ],
  ])('links: %s', (_, url, link) => {
    expect((JSON.parse(notificationJson(notificationOf(), url)) as { link: unknown }).link).toBe(link);
  });

  it('says how large an e-value is that no number can hold', () => {
    const { evidence } = json(notificationOf({ evidence: [{ ...EVIDENCE, logE: 2000 }] }));
    expect(evidence).toMatchObject([{ eValue: null, log10EValue: expect.closeTo(868.59, 2) as number }]);
  });
});

describe('the Slack message of a notification', () => {
  it('shows everything that decided: criterion, both figures, margin and e-value', () => {
    const shown = shownBy(slack(notificationOf({ actor: 'kim', reason: 'too slow' })));
    for (const part of [
      'shop.example: rolled back',
      'the canary fails more than 1.1 × stable + 0.01 %.',
      'weir start with a new version',
      '*Phase*\nrolled-back',
      '*Step*\n2 of 5',
      '*Weight*\ncanary 5 %',
      '*Candidate*\ncanary 2026-11-23.1',
      '*Verdict*\nfail, errors',
      '*By*\nkim',
      '*Reason*\ntoo slow',
      'canary 41 of 1490, stable 412 of 29940, expected 18.3',
      'margin 1.1 × stable + 0.01 %; e-value 2500',
      '<https://weir.example.com/__weir/#/shop.example|Open shop.example in Weir>',
    ])
      expect(shown).toContain(part);
  });

  it.each(NOTIFICATION_EVENTS)('has a title for %s, also in the text that phones show', event => {
    for (const base of [notificationOf({ event }), { ...BARE, event }]) {
      const message = slack(base);
      const title = message.blocks[0]!.text!.text;
      expect(title).toMatch(/^shop\.example: [a-z]/);
      expect(message.text.startsWith(`${title}. `)).toBe(true);
    }
  });

  it('of changed flags says which, who did it, and leads to them; nothing of a run', () => {
    const text = 'Flags of shop.example: new-checkout: switched off, variants.on changed.';
    const path = '/__weir/#/r/shop.example/flags';
    const message = slack({ ...BARE, event: 'flags-changed', text, actor: 'ada', path });
    expect(message.text).toBe(`shop.example: flags changed. ${text}`);
    const shown = shownBy(message);
    for (const part of [text, '*By*\nada', `<https://weir.example.com${path}|Open shop.example in Weir>`])
      expect(shown).toContain(part);
    expect(shown).not.toMatch(/\*(?:Step|Candidate|Verdict)\*/);
  });

  it('leaves no word of a stranger as markup: no mention, no link', () => {
    const evil = '<!channel> <https://evil.example|here> & @here';
    const message = slack(
      notificationOf({
        text: evil,
        advice: evil,
        actor: evil,
        reason: evil,
        run: { id: 1, attempt: 2, candidate: 'canary', version: evil, step: 1, steps: 2 },
        evidence: [{ ...EVIDENCE, criterion: `goal:${evil}`, margin: evil, text: evil }],
      }),
    );
    const markup = [message.text, shownBy(message)].join('\n').match(/<[^>]*>/g);
    expect(markup).toEqual(['<https://weir.example.com/__weir/#/shop.example|Open shop.example in Weir>']);
    expect(shownBy(message)).toContain('&lt;!channel&gt; &lt;https://evil.example|here&gt; &amp; @here');
    const free = textsOf(message).filter(({ type }) => type === 'mrkdwn');
    expect(free.every(({ verbatim }) => verbatim === true)).toBe(true);
  });

  it('keeps within what Slack takes, whatever the texts are, and cuts no entity', () => {
    const text = fc.oneof(
      fc.string({
        unit: fc.constantFrom('<', '&', '>', 'a', '\u{1F600}', '\n'),
        minLength: 1,
        maxLength: 60,
      }),
      fc.constantFrom('&'.repeat(4000), '\u{1F600}'.repeat(2500), 'a'.repeat(9000)),
    );
    fc.assert(
      fc.property(text, fc.double({ min: -800, max: 1e6, noNaN: true }), (words, logE) => {
        const message = slack(
          notificationOf({
            text: words,
            advice: words,
            reason: words,
            actor: words,
            evidence: new Array(4).fill({
              ...EVIDENCE,
              criterion: words,
              margin: words,
              text: words,
              logE,
            }) as [],
          }),
        );
        expect(message.blocks.length).toBeLessThanOrEqual(50);
        expect(message.text.length).toBeLessThanOrEqual(3000);
        for (const { type, text: block, fields = [] } of message.blocks) {
          expect(fields.length).toBeLessThanOrEqual(10);
          for (const field of fields) expect(field.text.length).toBeLessThanOrEqual(2000);
          const length = block?.text.length ?? 1;
          expect(length).toBeGreaterThan(0);
          expect(length).toBeLessThanOrEqual(type === 'header' ? 150 : 3000);
        }
        for (const { text: shown } of textsOf(message)) {
          expect(shown.replaceAll(/&(?:amp|lt|gt);/g, '')).not.toContain('&');
          expect(shown.isWellFormed()).toBe(true);
        }
      }),
    );
  });
});
