/** A receiver of OTLP/HTTP with JSON that keeps what came, decoded, and answers as it is told. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { eventually } from './eventually.ts';
import { decodeStrictly, type DecodedRequest } from './otlp-messages.ts';
import { bodyOf, startOrigin, type SeenRequest } from './origin.ts';

export type OtlpAnswer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'partial'; readonly rejectedDataPoints: string; readonly errorMessage: string }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection stays open and nothing comes. */
  | { readonly kind: 'hang' }
  /** The connection is closed without an answer. */
  | { readonly kind: 'reset' };

export interface OtlpReceiver {
  /** What OTLP_ENDPOINT is set to. */
  readonly url: string;
  /** What was asked, headers and all, whatever was answered. */
  readonly seen: readonly SeenRequest[];
  /** What came and was as the definitions have it, whatever was answered. */
  readonly requests: DecodedRequest[];
  /** What was wrong with what came; it was answered 400. */
  readonly faults: string[];
  /** How it answers from now on; what is amiss is answered 400 all the same. */
  answer: OtlpAnswer;
  /** Resolves when no request is waiting for its answer any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export async function startOtlpReceiver(port = 0): Promise<OtlpReceiver> {
  const waiting = new Set<ServerResponse>();
  const origin = await startOrigin((request, response) => {
    waiting.add(response);
    response.once('close', () => waiting.delete(response));
    bodyOf(request).then(
      body => take(request, body, response),
      (error: unknown) => receiver.faults.push(`the request broke off: ${String(error)}`),
    );
  }, port);
  const receiver: OtlpReceiver = {
    url: origin.url,
    seen: origin.seen,
    requests: [],
    faults: [],
    answer: { kind: 'taken' },
    idle: () => eventually('every request to be over', () => waiting.size === 0).then(() => undefined),
    close: () => origin.close(),
  };
  return receiver;

  function take(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    try {
      if (request.method !== 'POST' || request.url !== '/v1/metrics')
        throw new Error(`${request.method ?? ''} ${request.url ?? ''} is nothing to post metrics to`);
      if (request.headers['content-type'] !== 'application/json') throw new Error('no JSON');
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      receiver.requests.push(decodeStrictly(JSON.parse(text.toString('utf8'))));
    } catch (error) {
      receiver.faults.push(error instanceof Error ? error.message : String(error));
      response.writeHead(400).end(receiver.faults.at(-1));
      return;
    }
    reply(receiver.answer, request, response);
  }
}

function reply(answer: OtlpAnswer, request: IncomingMessage, response: ServerResponse): void {
  const json = { 'content-type': 'application/json' };
  switch (answer.kind) {
    case 'taken':
      response.writeHead(200, json).end('{}');
      return;
    case 'partial': {
      const { rejectedDataPoints, errorMessage } = answer;
      response
        .writeHead(200, json)
        .end(JSON.stringify({ partialSuccess: { rejectedDataPoints, errorMessage } }));
      return;
    }
    case 'status':
      response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    case 'hang':
      return;
    case 'reset':
      request.socket.destroy();
      return;
  }
}
