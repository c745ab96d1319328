/**
 * A notification for Slack's incoming webhooks: Block Kit, and `text` for what shows no blocks.
 * Limits and escaping: docs.slack.dev, "Text object", "Section block", "Formatting message text".
 */
import { unreachable } from '../result.ts';
import type { Evidence } from '../analysis/verdict.ts';
import type { Notification, NotificationEvent } from './notification.ts';
import { linkTo, percent } from './notification-json.ts';

/** Of a section's text, and of one of its fields; Slack refuses a longer one. Characters. */
const MAX_TEXT = 3000;
const MAX_FIELD = 2000;
/** Of a header: plain text. */
const MAX_HEADER = 150;

/** @param publicUrl where people reach Weir, without the path; undefined: no link @returns the body */
export function notificationSlack(notification: Notification, publicUrl: string | undefined): string {
  const { rollout, event, advice, evidence } = notification;
  const title = `${rollout}: ${titleOf(event)}`;
  const link = linkTo(notification, publicUrl);
  return JSON.stringify({
    text: escaped(`${title}. ${notification.text}`, MAX_TEXT),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title.slice(0, MAX_HEADER) } },
      section(escaped(notification.text, MAX_TEXT)),
      ...(advice === null ? [] : [section(`*To do:* ${escaped(advice, MAX_FIELD)}`)]),
      { type: 'section', fields: fieldsOf(notification).map(mrkdwn) },
      ...evidence.map(one => section(evidenceText(one))),
      ...(link === null
        ? []
        : [section(`<${linkAddress(link)}|Open ${escaped(rollout, MAX_HEADER)} in Weir>`)]),
    ],
  });
}

function titleOf(event: NotificationEvent): string {
  switch (event) {
    case 'started':
      return 'rollout started';
    case 'step':
      return 'next step';
    case 'approval-needed':
      return 'waits for approval';
    case 'held':
      return 'held, needs a person';
    case 'paused':
      return 'paused';
    case 'rolled-back':
      return 'rolled back';
    case 'completed':
      return 'completed';
    case 'adopted':
      return 'adopted as stable';
    case 'blind':
      return 'blind: no figures';
    case 'mismatch':
      return 'the split is not as it should be';
    case 'attention':
      return 'needs a look';
    case 'config-refused':
      return 'configuration refused';
    case 'weight-without-effect':
      return 'weight without effect';
    case 'flags-changed':
      return 'flags changed';
    default:
      return unreachable(event);
  }
}

function fieldsOf({ phase, run, shares, waitingFor, verdict, actor, reason }: Notification): string[] {
  const fields: [label: string, value: string | null][] = [
    ['Phase', phase],
    ['Step', run && `${run.step} of ${run.steps}`],
    ['Weight', weightsText(shares)],
    ['Candidate', run && [run.candidate, run.version ?? []].flat().join(' ')],
    ['Attempt', run && run.attempt > 1 ? String(run.attempt) : null],
    ['Waits for', waitingFor],
    [
      'Verdict',
      verdict && (verdict.criterion === undefined ? verdict.kind : `${verdict.kind}, ${verdict.criterion}`),
    ],
    ['By', actor],
    ['Reason', reason],
  ];
  return fields.flatMap(([label, value]) =>
    value === null || value === '' ? [] : [`*${label}*\n${escaped(value, MAX_FIELD - label.length - 3)}`],
  );
}

function weightsText(shares: Notification['shares']): string {
  return Object.entries(shares)
    .map(([variant, share]) => `${variant} ${percent(share)} %`)
    .join(', ');
}

function evidenceText({ criterion, direction, observed, margin, text, logE }: Evidence): string {
  const figures =
    observed === null
      ? []
      : [
          `canary ${counted(observed.canary)}, stable ${counted(observed.stable)}, expected ${observed.expected.toFixed(1)}`,
        ];
  const facts = [...figures, ...(margin === '' ? [] : [`margin ${margin}`]), `e-value ${eValueText(logE)}`];
  const head = `*${escaped(criterion, 100)}* (${direction}): `;
  return `${head}${escaped(`${text}\n${facts.join('; ')}`, MAX_TEXT - head.length)}`;
}

function counted({ count, requests }: { readonly count: number; readonly requests: number }): string {
  return `${count} of ${requests}`;
}

/** Three digits; past a number's range the power of ten alone. */
function eValueText(logE: number): string {
  const value = Math.exp(logE);
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : `10^${Math.round(logE / Math.LN10)}`;
}

/** `verbatim`: a name that somebody wrote is no mention, and no link. */
function mrkdwn(text: string) {
  return { type: 'mrkdwn', text, verbatim: true };
}

function section(text: string) {
  return { type: 'section', text: mrkdwn(text) };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The three characters that Slack reads as markup, as entities; cut, never within one. @param max at least 1 */
function escaped(text: string, max: number): string {
  let safe = '';
  for (const character of text) {
    const next = ENTITIES[character] ?? character;
    if (safe.length + next.length >= max) return `${safe}…`;
    safe += next;
  }
  return safe;
}

/** Within `<…|…>` these would end it. */
function linkAddress(url: string): string {
  return url.replace(/[<>|]/g, encodeURIComponent).replaceAll('&', '&amp;');
}
