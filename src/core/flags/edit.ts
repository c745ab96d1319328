/** Small changes of a flag, as the command line and the page make them: on, off, and a share. */
import { err, ok, type Result } from '../result.ts';
import { quote } from '../rollout/problem.ts';

type Json = Readonly<Record<string, unknown>>;

/** @returns the document with that flag changed; what doesn't compile is for `compileFlags` to refuse */
function withFlag(
  document: Json,
  key: string,
  change: (flag: Json) => Result<Json, string>,
): Result<Json, string> {
  const flag = Object.hasOwn(document, key) && !key.startsWith('$') ? document[key] : undefined;
  if (!isObject(flag)) return err(`there is no flag ${quote(key)}`);
  const changed = change(flag);
  return changed.ok ? ok({ ...document, [key]: changed.value }) : changed;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The kill switch: rules and shares stay as they are. */
export function withSwitch(document: Json, key: string, isEnabled: boolean): Result<Json, string> {
  return withFlag(document, key, flag => ok({ ...flag, enabled: isEnabled }));
}

/**
 * The share of the flag's last rule, which holds for everyone: of its weights if they divide all between two
 * variants, else its `share`. A flag without such a rule gets one, that serves the variant which is neither
 * `off` nor the default.
 * @param percent in [0, 100], at most three decimals
 */
export function withShare(document: Json, key: string, percent: number): Result<Json, string> {
  return withFlag(document, key, flag => {
    const rules = Array.isArray(flag['rules']) ? (flag['rules'] as readonly unknown[]) : [];
    const last = rules.at(-1);
    const before = rules.slice(0, -1);
    if (isObject(last) && last['if'] === undefined) {
      if (last['schedule'] !== undefined)
        return err(`the last rule of flag ${quote(key)} has a schedule: its share goes by the time`);
      return ok({ ...flag, rules: [...before, shared(flag, last, percent)] });
    }
    const served = servedOf(flag);
    if (served === undefined)
      return err(`flag ${quote(key)} has several variants to serve: give it a rule that says which`);
    return ok({ ...flag, rules: [...rules, { serve: served, share: percent }] });
  });
}

function shared(flag: Json, rule: Json, percent: number): Json {
  const { weights } = rule;
  if (isObject(weights) && rule['share'] === undefined) {
    const names = Object.keys(weights);
    const idle = names.find(name => name === flag['off']) ?? names.find(name => name === flag['default']);
    const served = names.filter(name => name !== idle);
    const total = names.reduce((sum, name) => sum + Number(weights[name]), 0);
    if (names.length === 2 && idle !== undefined && total === 100)
      // In thousandths: 100 - 33.3 is 66.7, not 66.7 and a bit.
      return {
        ...rule,
        weights: { ...weights, [served[0]!]: percent, [idle]: (100_000 - Math.round(percent * 1000)) / 1000 },
      };
    if (names.length === 1) return { ...rule, weights: { [names[0]!]: percent } };
  }
  return { ...rule, share: percent };
}

function servedOf(flag: Json): string | undefined {
  const names = isObject(flag['variants']) ? Object.keys(flag['variants']) : [];
  const others = names.filter(name => name !== flag['off'] && name !== (flag['default'] ?? flag['off']));
  return others.length === 1 ? others[0] : undefined;
}
