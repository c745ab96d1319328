/**
 * OTLP over HTTP with JSON: any OpenTelemetry Collector and most vendors (OTLP specification 1.9,
 * "OTLP/HTTP").
 *
 * A batch whose answer got lost is sent again, and a receiver that had taken it counts it twice: OTLP
 * has nothing to tell by. Exact figures are the hub's.
 */
import type { Batch } from '../../core/metrics/batch.ts';
import { outcomesOf } from '../../core/metrics/delta.ts';
import { dataPointsOf, exportRequestOf } from '../../core/metrics/otlp.ts';
import { oneLine } from '../../core/one-line.ts';
import { retryAfterMs } from '../../core/retry-after.ts';
import { VERSION } from '../../core/version.ts';
import type { OtlpSettings } from './otlp-settings.ts';
import type { Sink, SinkReply } from './sink.ts';

/** Less than what a delivery may take, so that a receiver that hangs leaves no request open behind it. */
const TIMEOUT_MS = 9000;
/** The only statuses after which the same data may be sent again ("Retryable Response Codes"). */
const RETRYABLE: readonly number[] = [429, 502, 503, 504];
/** An answer says little; what is longer is not read to its end. */
const MAX_ANSWER_BYTES = 16_384;
const MAX_QUOTED = 200;
/** What is shorter keeps nobody out, and stands in many an honest sentence. */
const MIN_SECRET = 5;
const REMARK_MS = 60_000;
/** Nobody may silence the sink for longer: what waits for ten minutes is dropped. */
const MAX_SILENCE_MS = 300_000;

export function otlpSink(settings: OtlpSettings): Sink {
  return { name: 'otlp', deliver: batch => deliver(settings, batch) };
}

async function deliver({ url, headers }: OtlpSettings, batch: Batch): Promise<SinkReply> {
  const request = exportRequestOf(batch);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: [
        ...headers,
        ['content-type', 'application/json'],
        ['content-encoding', 'gzip'],
        ['user-agent', `weir/${VERSION}`],
      ],
      body: await gzip(JSON.stringify(request)),
      // Followed, it would carry the headers to another host.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return { kind: 'retry', why: `no answer: ${withoutSecrets(messageOf(error), headers)}` };
  }
  const answer = withoutSecrets(await textOf(response), headers);
  if (response.ok) return takenReply(answer, dataPointsOf(request), outcomesOf(batch));
  const why = `status ${response.status}${quoted(answer)}`;
  if (!RETRYABLE.includes(response.status)) return { kind: 'refused', why };
  const afterMs = retryAfterMs(response.headers.get('retry-after'), Date.now(), MAX_SILENCE_MS);
  return afterMs === undefined ? { kind: 'retry', why } : { kind: 'retry', why, afterMs };
}

async function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

/**
 * A partial success must not be sent again. Which points were rejected it does not say, so the
 * outcomes are counted as lost in proportion.
 */
function takenReply(answer: string, points: number, outcomes: number): SinkReply {
  const { rejected, message } = partialSuccessOf(answer);
  if (rejected === 0 && message === '') return { kind: 'taken' };
  remark(rejected, message);
  return { kind: 'taken', lost: Math.ceil(outcomes * Math.min(rejected / Math.max(points, 1), 1)) };
}

let remarkedAt = -Infinity;

/** Once a minute, not with every batch: how much is lost is counted anyway. */
function remark(rejectedDataPoints: number, text: string): void {
  const now = Date.now();
  if (now - remarkedAt < REMARK_MS) return;
  remarkedAt = now;
  const message = 'the OTLP receiver took a batch with a remark';
  console.warn(JSON.stringify({ message, rejectedDataPoints, remark: oneLine(text, MAX_QUOTED) }));
}

function partialSuccessOf(answer: string): { rejected: number; message: string } {
  const { rejectedDataPoints, errorMessage } = recordAt(recordOf(parsed(answer)), 'partialSuccess');
  // A 64-bit integer: mostly a string, in JSON.
  const rejected = Number(rejectedDataPoints ?? 0);
  return {
    rejected: Number.isFinite(rejected) ? Math.max(rejected, 0) : 0,
    message: typeof errorMessage === 'string' ? errorMessage : '',
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The status says that the batch was taken; some receivers answer with nothing, or with protobuf.
    return undefined;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function recordAt(record: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  return recordOf(record[key]);
}

/** At most {@link MAX_ANSWER_BYTES} of the body; the rest is cancelled, so that the connection is free. */
async function textOf({ body }: Response): Promise<string> {
  const reader = (body as ReadableStream<Uint8Array> | null)?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let bytes = 0; bytes < MAX_ANSWER_BYTES;) {
      const { done, value } = await reader.read();
      if (done) return text;
      bytes += value.length;
      text += decoder.decode(value, { stream: true });
    }
    await reader.cancel();
  } catch {
    // It broke off. The status has come, and it decides.
    return text;
  }
  return text;
}

/** Some receivers repeat what they were sent, and an answer goes into log and status. */
function withoutSecrets(text: string, headers: OtlpSettings['headers']): string {
  const secrets = headers.flatMap(([, value]) => [value, ...value.split(/\s+/)]);
  return secrets
    .filter(({ length }) => length >= MIN_SECRET)
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, '…'), text);
}

function quoted(answer: string): string {
  const text = oneLine(answer, MAX_QUOTED);
  return text === '' ? '' : `: ${text}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
