/** The work of `replay`, apart from its options: the judge is only loaded when it is asked for. */
import { replay, type Replay } from '../src/core/delivery/replay.ts';
import { compileDocument } from '../src/core/rollout/compile.ts';
import { anySecret } from '../src/core/rollout/consequences.ts';
import { call, callLines, type Answer } from './client.ts';
import { readDocument, readText } from './document-file.ts';
import { parseIntervals } from './interval-file.ts';
import { complain, pathOf, usage, type Session } from './session.ts';
import { evidenceLines } from './text/delivery.ts';
import type { DocumentText } from './commands/look.ts';

export interface ReplayOptions {
  readonly rollout: string;
  readonly document?: string;
}

export async function replayFile(
  file: string | undefined,
  { rollout, document }: ReplayOptions,
  session: Session,
): Promise<void> {
  const lines = await linesOf(file, rollout, session);
  if (lines.kind !== 'ok') {
    complain(lines, session.url);
    return;
  }
  const text = await documentOf(document, rollout, session);
  if (text.kind !== 'ok') {
    complain(text, session.url);
    return;
  }
  const compiled = compileDocument(text.value, rollout, anySecret);
  if (!compiled.ok)
    return usage(
      compiled.error.map(({ path, message }) => `${document ?? rollout} ${path}: ${message}`).join('\n'),
    );
  const { plan } = compiled.value;
  if (plan === null) return usage(`${document ?? `the document of ${rollout}`} has no plan`);
  const intervals = parseIntervals(lines.value);
  if (!intervals.ok) return usage(`${file ?? rollout}: ${intervals.error}`);
  const result = replay(compiled.value, plan, text.value, intervals.value);
  session.print(viewOf(result), replayText(result, intervals.value.length));
}

async function linesOf(file: string | undefined, rollout: string, session: Session): Promise<Answer<string>> {
  if (file !== undefined) return { kind: 'ok', value: readText(file) };
  return callLines(session.connection(), pathOf(rollout, '/intervals?window=1h'));
}

async function documentOf(
  file: string | undefined,
  rollout: string,
  session: Session,
): Promise<Answer<string>> {
  if (file !== undefined) return { kind: 'ok', value: readDocument(file).text };
  const answer = await call<DocumentText>(
    session.connection(),
    pathOf(rollout, '/documents?revision=current'),
  );
  return answer.kind === 'ok' ? { kind: 'ok', value: JSON.stringify(answer.value.document) } : answer;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Times in ISO 8601, as everywhere at the surface. */
function viewOf({ steps, decisions, ...rest }: Replay): object {
  return {
    ...rest,
    steps: steps.map(({ step, share, enteredAt, leftAt }) => ({
      step,
      weight: share / 1000,
      enteredAt: iso(enteredAt),
      leftAt: leftAt === null ? null : iso(leftAt),
    })),
    decisions: decisions.map(({ at, by, text }) => ({ at: iso(at), by, text })),
  };
}

function replayText(
  { candidate, leftOut, phase, waitingFor, reason, verdict, evidence, decisions }: Replay,
  count: number,
): string {
  return [
    ...decisions.map(({ at, text }) => `${iso(at).replace(/\.\d+Z$/, 'Z')}  ${text}`),
    '',
    `Judged ${candidate.name}${candidate.version === null ? '' : ` version ${candidate.version}`} (${candidate.hash}).${leftOutText(candidate.name, leftOut)}`,
    `After ${count} intervals: ${phase}${reason === null ? '' : `, ${reason}`}${waitingFor === null ? '' : `, waits for ${waitingFor}`}`,
    ...(verdict === null ? [] : [`verdict ${verdict.kind}: ${verdict.text}`, '']),
    ...evidenceLines(evidence),
  ].join('\n');
}

function leftOutText(name: string, { arms, hashes }: Replay['leftOut']): string {
  const others =
    hashes.length === 0
      ? []
      : [`what was ${name} before, of another origin, version or headers (${hashes.join(', ')})`];
  const all = [...arms, ...others];
  return all.length === 0 ? '' : ` Left out: ${all.join('; ')}.`;
}
