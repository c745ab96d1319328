/**
 * OFREP, the OpenFeature Remote Evaluation Protocol 0.3.0 (github.com/open-feature/protocol,
 * service/openapi.yaml): request bodies → contexts, evaluations → answers.
 *
 * Two things are as OpenFeature's own clients and scenarios have them, where the OpenAPI file says less:
 * the reason DEFAULT, and a body without a context or a targetingKey, which only flags that need them refuse.
 */
import { err, ok, type Result } from '../result.ts';
import { hex, murmur3 } from '../rollout/hash.ts';
import { flagMetadata, type Evaluation, type FlagErrorCode } from './evaluation.ts';
import type { FlagSet } from './flag.ts';

export interface OfrepFailure {
  readonly errorCode: FlagErrorCode | 'INVALID_CONTEXT' | 'GENERAL';
  readonly errorDetails: string;
}

export interface OfrepAnswer {
  readonly status: 200 | 400 | 404;
  /** JSON. */
  readonly body: string;
}

export interface OfrepBulkAnswer extends OfrepAnswer {
  /** Of every value and reason in it: whatever changes one of them, the context or the time, changes it. */
  readonly etag: string;
}

type Context = Readonly<Record<string, unknown>>;

/** @returns what the app says of its user; nothing, if the body is empty or has no context */
export function parseOfrepBody(text: string): Result<Context, OfrepFailure> {
  if (text.trim() === '') return ok({});
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return err({ errorCode: 'PARSE_ERROR', errorDetails: `the body is not JSON: ${String(error)}` });
  }
  if (!isObject(body))
    return err({
      errorCode: 'INVALID_CONTEXT',
      errorDetails: `expected a body like {"context": {"targetingKey": "user-1"}}, got ${typeName(body)}`,
    });
  if (!Object.hasOwn(body, 'context')) return ok({});
  const { context } = body;
  if (isObject(context)) return ok(context);
  return err({
    errorCode: 'INVALID_CONTEXT',
    errorDetails: `context: expected an object, got ${typeName(context)}`,
  });
}

/** Not quoted: a value that is nested deep enough can be read from JSON and not be written as it again. */
function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function isObject(value: unknown): value is Context {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param seesAll whether the client may see every flag; else none is told of that it did not ask for */
export function singleAnswer(evaluation: Evaluation, { generation }: FlagSet, seesAll: boolean): OfrepAnswer {
  const { key, errorCode } = evaluation;
  if (errorCode === undefined)
    return { status: 200, body: JSON.stringify(item(evaluation, generation, seesAll)) };
  return failureAnswer({ errorCode, errorDetails: detailsOf(evaluation, seesAll) }, key);
}

/** @param evaluations of the flags that the client may see @param seesAll as for {@link singleAnswer} */
export function bulkAnswer(
  evaluations: readonly Evaluation[],
  { generation }: FlagSet,
  seesAll: boolean,
): OfrepBulkAnswer {
  const body = JSON.stringify({
    flags: evaluations.map(evaluation => item(evaluation, generation, seesAll)),
    metadata: { 'weir.generation': generation },
  });
  return { status: 200, body, etag: `"${hex(murmur3(body))}${hex(murmur3(body, 0x9747b28c))}"` };
}

/** @param key of the flag that was asked for; a bulk request has none */
export function failureAnswer({ errorCode, errorDetails }: OfrepFailure, key?: string): OfrepAnswer {
  const body = JSON.stringify({ ...(key === undefined ? {} : { key }), errorCode, errorDetails });
  return { status: errorCode === 'FLAG_NOT_FOUND' ? 404 : 400, body };
}

/** One flag among others; without a value the client takes the caller's own default. */
function item(evaluation: Evaluation, generation: string, seesAll: boolean): object {
  const { key, variant, reason, errorCode } = evaluation;
  const metadata = flagMetadata(evaluation, generation, seesAll);
  if (errorCode !== undefined)
    return { key, errorCode, errorDetails: detailsOf(evaluation, seesAll), metadata };
  if (variant === null) return { key, reason, metadata };
  return { key, value: variant.value, variant: variant.name, reason, metadata };
}

/** What is wrong with a document is for those who may read it. */
function detailsOf({ errorCode, errorDetails }: Evaluation, seesAll: boolean): string {
  return seesAll || errorCode !== 'PARSE_ERROR' ? errorDetails : 'the flag is malformed';
}

/** RFC 9110, section 13.1.2: a list, compared weakly, as a proxy that compresses makes a tag weak. */
export function isNotModified(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(',').some(tag => {
    const trimmed = tag.trim();
    return trimmed === '*' || trimmed.replace(/^W\//, '') === etag;
  });
}
