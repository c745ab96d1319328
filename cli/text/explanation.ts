/** Why a caller gets what of a flag, for a terminal. */
import type { Explanation } from '../explaining.ts';
import type { RuleTrace, SharedTrace, Slice } from '../tracing.ts';

const BUCKETS = 2 ** 32;

export function explanationText(explanation: Explanation): string {
  const { key, variant, value, reason, rollout, flags, shared, rules, unknown, asksVariant } = explanation;
  const result = variant === null ? "the app's own default" : `${variant} = ${JSON.stringify(value)}`;
  return [
    `${key}: ${result}`,
    `${reason}: ${whyOf(explanation)}`,
    ...shared.map(one => `  ${sharedText(one)}`),
    ...rules.map(one => `  ${ruleText(one)}`),
    ...(flags === rollout ? [] : [`${rollout} has no flags of its own: these are the ${flags} ones.`]),
    ...(unknown.length === 0
      ? []
      : [`Unknown here (${unknown.join(', ')}): the edge, which sees the caller, may decide otherwise.`]),
    ...(asksVariant
      ? [
          "The rollout's variant for this caller is unknown here: say it with --variant, like --variant canary.",
        ]
      : []),
  ].join('\n');
}

function whyOf({ reason, errorCode, errorDetails, rule, bucket, gate }: Explanation): string {
  if (errorCode !== null) return `${errorCode}, ${errorDetails}`;
  if (reason === 'DISABLED') return 'it is switched off, so everyone gets this';
  switch (gate?.kind) {
    case 'prerequisite':
      return `it needs another variant of ${gate.name}${gate.has === null ? '' : `, which has ${gate.has}`}`;
    case 'holdout':
      return `the caller is held out by ${gate.name}`;
    case 'group':
      return `in the group ${gate.name} the caller is in another slot`;
    case 'unit':
      return `the context has no ${gate.name} to draw by`;
    case undefined:
      break;
    default:
      return gate?.name ?? '';
  }
  if (bucket !== null) return `rule ${rule} drew ${bucketText(bucket)}`;
  return rule === '' ? 'no rule decided, so the default holds' : `rule ${rule} holds`;
}

function sharedText({ kind, name, isIn, bucket, slices }: SharedTrace): string {
  const range = slices.map(rangeText).join(', ');
  const what = kind === 'holdout' ? `held out is ${range}` : `the flag's slot is ${range}`;
  return `${kind} ${name}: ${bucketText(bucket)}; ${what}: ${isIn ? 'in' : 'not in'}`;
}

function ruleText({ name, outcome, bucket, slices }: RuleTrace): string {
  const facts = [
    ...(bucket === null ? [] : [bucketText(bucket)]),
    ...slices.map(slice => `${slice.variant} is ${rangeText(slice)}`),
  ];
  const said = {
    'does not hold': 'does not hold',
    'left over': bucket === null ? 'holds, and takes nobody now' : 'holds, and does not take this caller',
    'no unit': 'holds, and there is nothing to draw by',
    decides: 'decides',
    'not asked': 'not asked',
  }[outcome];
  return `rule ${name}: ${said}${facts.length === 0 ? '' : `; ${facts.join(', ')}`}`;
}

function bucketText(bucket: number): string {
  return `bucket ${bucket} of ${BUCKETS}, at ${percent(bucket)} %`;
}

function rangeText({ from, to }: Slice): string {
  return `${Number(percent(from))} to ${Number(percent(to))} %`;
}

function percent(bucket: number): string {
  return ((bucket / BUCKETS) * 100).toFixed(3);
}
