/**
 * A document's text → flags, once per change. What is wrong with one flag costs that flag alone: it is
 * kept as broken, and its problems are told, so that API and CLI refuse to write it.
 */
import { err, ok, type Result } from '../result.ts';
import { parseDocument, problemOf } from '../rollout/document-text.ts';
import { hex, murmur3 } from '../rollout/hash.ts';
import { jsonPath, quote, type Problem } from '../rollout/problem.ts';
import { compileFlag, MAX_PROBLEMS, type FlagDraft } from './compile-flag.ts';
import { brokenByEachOther } from './dependencies.ts';
import type { BrokenFlag, Flag, FlagSet } from './flag.ts';
import { overlaps } from './groups.ts';
import { doesNotFit, fitting } from './header.ts';
import { FLAG_KEY } from './names.ts';
import { MAX_ORIGINS, MAX_SEGMENTS, settingsSchema, type SettingsWire } from './schema.ts';
import { SharedSegments } from './shared-segments.ts';

export interface CompiledFlags {
  readonly set: FlagSet;
  /** What is wrong with it; flags that they are not about are in force all the same. */
  readonly problems: readonly Problem[];
}

const MAX_FLAGS = 1000;
export const MAX_EXPERIMENTS = 8;
/** The longest that all flags together may take for one request, whatever a client sends. */
const MAX_NS = 20_000_000;

export const NO_FLAG_SET: FlagSet = {
  generation: '',
  flags: [],
  byKey: new Map(),
  forOrigin: [],
  isPublic: false,
  origins: [],
  sendsUnit: false,
};

/** @returns an error if nothing of it can be used: no JSON, no object, too much */
export function compileFlags(text: string): Result<CompiledFlags, Problem[]> {
  const json = parseDocument(text);
  if (!json.ok) return json;
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value))
    return err([{ path: '$', message: `expected flags by key, got ${quote(json.value)}` }]);
  const document = json.value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(document).filter(key => !key.startsWith('$'));
  if (keys.length > MAX_FLAGS)
    return err([{ path: '$', message: `expected at most ${MAX_FLAGS} flags, got ${keys.length}` }]);

  const problems: Problem[] = [];
  const settings = settingsOf(document, problems);
  const segments = new SharedSegments(settings.$segments);
  problems.push(...segments.problems);
  const drafts = keys.map((key, index) =>
    FLAG_KEY.test(key)
      ? compileFlag(key, index, document[key], segments)
      : broken(key, index, 'expected a flag: letters, digits and . _ -, at most 128 characters'),
  );
  limit(drafts);
  const compiled = drafts.flatMap(({ flag }) => (flag === undefined ? [] : [flag]));
  for (const [key, found] of [...overlaps(compiled), ...brokenByEachOther(drafts)]) {
    const draft = drafts.find(draft => draft.key === key);
    if (draft === undefined) continue;
    draft.problems.push(found.problem);
    if (found.isFatal) draft.flag = undefined;
  }
  const forOrigin = fitting(drafts.flatMap(({ flag }) => (flag === undefined ? [] : [flag])));
  for (const { flag, problems } of drafts)
    if (flag?.origin === true && !forOrigin.includes(flag))
      problems.push({ path: jsonPath([flag.key, 'origin']), message: doesNotFit() });
  for (const draft of drafts) problems.push(...draft.problems);
  const flags = drafts.map(finished);
  return ok({
    set: {
      generation: hex(murmur3(text)) + hex(murmur3(text, 0x9747b28c)),
      flags,
      byKey: new Map(flags.map(flag => [flag.key, flag])),
      forOrigin,
      isPublic: settings.$public,
      origins: settings.$origins,
      sendsUnit: settings.$unit,
    },
    problems,
  });
}

/** Each by itself: what one of them lacks must not open or close what another says. */
function settingsOf(document: Readonly<Record<string, unknown>>, problems: Problem[]): SettingsWire {
  const good: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(document)) {
    if (!key.startsWith('$')) continue;
    const parsed = settingsSchema.safeParse({ [key]: value });
    if (!Object.hasOwn(settingsSchema.shape, key)) {
      const known = Object.keys(settingsSchema.shape).join(', ');
      problems.push({ path: jsonPath([key]), message: `no such setting; expected one of: ${known}` });
    } else if (parsed.success) good[key] = value;
    else {
      problems.push(...parsed.error.issues.slice(0, MAX_PROBLEMS).map(issue => problemOf(issue)));
      Object.assign(good, usable(key, value));
    }
  }
  return settingsSchema.parse(good);
}

/** What is left of segments and origins: one that is malformed costs no other. */
function usable(key: string, value: unknown): Record<string, unknown> {
  const isGood = (part: unknown): boolean => settingsSchema.safeParse({ [key]: part }).success;
  if (typeof value !== 'object' || value === null) return {};
  const left = Array.isArray(value)
    ? (value as unknown[]).filter(entry => isGood([entry])).slice(0, MAX_ORIGINS)
    : Object.fromEntries(
        Object.entries(value as Record<string, unknown>)
          .filter(([name, entry]) => isGood({ [name]: entry }))
          .slice(0, MAX_SEGMENTS),
      );
  return isGood(left) ? { [key]: left } : {};
}

/** What all flags share: time, and the places of experiments. Whoever comes first has it. */
function limit(drafts: readonly FlagDraft[]): void {
  let worstNs = 0;
  let experiments = 0;
  for (const draft of drafts) {
    if (draft.flag === undefined) continue;
    worstNs += draft.worstNs;
    if (worstNs > MAX_NS) {
      // Without figures that other flags change: a change of one of them would look like a new problem.
      const message = `with the flags before it, it may take one request more than the ${MAX_NS / 1e6} ms that are allowed; patterns cost most`;
      draft.problems.push({ path: jsonPath([draft.key, 'rules']), message });
      draft.flag = undefined;
      worstNs -= draft.worstNs;
    } else if (draft.flag.experiment && ++experiments > MAX_EXPERIMENTS) {
      const message = `expected at most ${MAX_EXPERIMENTS} experiments in a document; this one is not counted`;
      draft.problems.push({ path: jsonPath([draft.key, 'experiment']), message });
      draft.flag = { ...draft.flag, experiment: false };
    }
  }
}

function broken(key: string, index: number, message: string): FlagDraft {
  const problems = [{ path: jsonPath([key]), message }];
  return { key, index, isClient: false, problems, flag: undefined, asks: new Set(), worstNs: 0 };
}

function finished({ key, index, isClient, problems, flag }: FlagDraft): Flag | BrokenFlag {
  if (flag !== undefined) return flag;
  const [problem = { path: jsonPath([key]), message: 'cannot be compiled' }] = problems;
  return { kind: 'broken', key, index, client: isClient, problem };
}
