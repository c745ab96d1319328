/** What is happening now, in one sentence. */
import type { RolloutStatus } from '../types.ts';
import { clearLeaning } from './difference.ts';
import { count, duration, ratio, seconds, weight } from './format.ts';

export type Tone = 'good' | 'quiet' | 'attention' | 'bad';

export interface Situation {
  /** Changes only when there is something new to say, unlike the figures in the text. */
  readonly key: string;
  readonly tone: Tone;
  readonly text: string;
  /** For the title of the tab; empty when all is as it should be. */
  readonly short: string;
}

/** Isolates report once a second while there is traffic, and every 30 s at the slowest. */
export const STALE_COUNTS_MS = 120_000;
/** A candidate is called slower when its p95 is a tenth above stable's, the default tolerance of a plan. */
const NOTABLE_SHARE = 0.1;

/** @param now milliseconds since 1970 */
export function situation(status: RolloutStatus, now: number): Situation {
  const split = splitWords(status);
  const say = (kind: string, tone: Tone, short: string, text: string): Situation => ({
    key: `${kind} ${split}`,
    tone,
    short,
    text,
  });
  if (status.document.source === 'none')
    return say('no-document', 'bad', 'no document', 'There is no document that can be used.');
  if (status.hub === 'unreachable')
    return say('no-hub', 'attention', 'no figures', `${split}. No figures: the hub does not answer.`);
  if (status.enabled === false)
    return say('disabled', 'quiet', 'disabled', 'Everyone is on stable: the document is disabled.');
  if (status.lastCounts === null)
    return say('empty', 'quiet', 'no traffic yet', `${split}, but no request has come yet.`);
  const silence = now - Date.parse(status.lastCounts);
  if (silence > STALE_COUNTS_MS) {
    const why = 'Either nobody visits, or counts do not reach the hub.';
    return say(
      'stale',
      'attention',
      'stale',
      `Figures are stale: the last counts came ${duration(silence)} ago. ${why}`,
    );
  }
  if (requestsOf(status) === 0)
    return say('no-traffic', 'quiet', 'no traffic', `No traffic ${inWindow(status)}. ${split}.`);
  return withTraffic(status, split, say);
}

/** `in the last minute` */
export function inWindow({ window }: RolloutStatus): string {
  // The hub counts whole buckets of ten seconds.
  return window.seconds <= 75 ? 'in the last minute' : `in the last ${duration(window.seconds * 1000)}`;
}

/** Percent that visitors get now: as the isolates report it, or as it is set before they have. */
export function shareOf({ weight, weightInForce }: RolloutStatus['variants'][string]): number {
  return weightInForce ?? weight;
}

export function candidatesOf(status: RolloutStatus): string[] {
  return Object.keys(status.variants).filter(name => name !== 'stable');
}

function splitWords(status: RolloutStatus): string {
  const shares = candidatesOf(status)
    .map(name => ({ name, share: shareOf(status.variants[name]!) }))
    .filter(({ share }) => share > 0);
  if (shares.length === 0) return 'Everyone is on stable';
  if (shares.some(({ share }) => share === 100)) return `Everyone gets ${shares[0]!.name}`;
  return shares
    .map(({ name, share }, i) => `${weight(share)} ${i === 0 ? 'of visitors get ' : 'get '}${name}`)
    .join(', ');
}

function requestsOf(status: RolloutStatus): number {
  return Object.values(status.variants).reduce((sum, { recent }) => sum + recent.requests, 0);
}

type Say = (kind: string, tone: Tone, short: string, text: string) => Situation;

function withTraffic(status: RolloutStatus, split: string, say: Say): Situation {
  const active = candidatesOf(status).filter(name => shareOf(status.variants[name]!) > 0);
  const stable = status.variants['stable']?.recent;
  if (active.length === 0 || stable === undefined) {
    const fails = `${ratio(stable?.errorRatio ?? null)} of ${count(stable?.requests ?? 0)} requests`;
    const others = requestsOf(status) - (stable?.requests ?? 0);
    // Before the last change of weight, by a rule or by an override link: the counts don't say which.
    const rest = others > 0 ? ` ${count(others)} more went to other variants.` : '';
    return say('stable', 'good', '', `${split}: it fails ${fails} ${inWindow(status)}.${rest}`);
  }
  const findings = active.map(name => findingOf(status, name));
  const text = findings.map(({ words }, i) => (i === 0 ? `${split}; ${words}` : upperFirst(words))).join(' ');
  const worst = findings.find(({ tone }) => tone === 'bad') ?? findings.find(({ tone }) => tone !== 'good');
  const kind = findings.map(finding => finding.kind).join(' ');
  return say(kind, worst?.tone ?? 'good', worst?.short ?? '', text);
}

interface Finding {
  readonly kind: string;
  readonly tone: Tone;
  readonly short: string;
  readonly words: string;
}

function findingOf(status: RolloutStatus, name: string): Finding {
  const { recent } = status.variants[name]!;
  const stable = status.variants['stable']!.recent;
  const { errorRatio = null, p95 = null } = status.comparisons[name] ?? {};
  const asked = `${count(recent.requests + stable.requests)} requests`;
  if (recent.requests === 0)
    return {
      kind: 'unasked',
      tone: 'quiet',
      short: '',
      words: `${name} got no request ${inWindow(status)}.`,
    };
  const ratios = `${name} fails ${ratio(recent.errorRatio)} of requests, stable ${ratio(stable.errorRatio)}`;
  if (errorRatio === null)
    return { kind: 'few', tone: 'quiet', short: '', words: `${ratios}: ${asked} are too few to compare.` };
  const slower =
    p95?.clear === true && stable.p95 !== null && p95.low > stable.p95 * NOTABLE_SHARE
      ? ` It is slower: p95 ${seconds(recent.p95)} against ${seconds(stable.p95)}.`
      : '';
  const kind = clearLeaning(errorRatio);
  const words = `${ratios}: ${VERDICTS[kind]} in ${asked}.${slower}`;
  if (kind === 'more') return { kind, tone: 'bad', short: `${name} fails more`, words };
  // Not sure enough to be said all day, and too bad to be green.
  if (errorRatio.low > 0 && (recent.errorRatio ?? 0) >= ALARMING) {
    const warning = `${ratios}: perhaps more, in ${asked}.${slower}`;
    return { kind: 'perhaps', tone: 'attention', short: `${name} may fail more`, words: warning };
  }
  return slower === ''
    ? { kind, tone: 'good', short: '', words }
    : { kind: 'slower', tone: 'attention', short: `${name} is slower`, words };
}

/** An error ratio that wants a look though so few requests can't make it sure. */
const ALARMING = 0.1;

const VERDICTS = { more: 'clearly more', less: 'clearly less', unclear: 'no clear difference' } as const;

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
