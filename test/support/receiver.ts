/** A receiver of webhooks: remembers what it was sent, and verifies signatures by itself. */
import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, startOrigin, type HttpOrigin } from './origin.ts';

export interface Delivery {
  /** `webhook-id`: the idempotency key. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly signature: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly origin: HttpOrigin;
  /** Everything that came, also what it did not take. */
  readonly deliveries: Delivery[];
  /** How it answers from now on. */
  answer: (response: ServerResponse, delivery: Delivery) => void;
}

export const take: Receiver['answer'] = response => response.end();
export const hang: Receiver['answer'] = () => undefined;
export const fail =
  (status: number, body = '', headers: Record<string, string> = {}): Receiver['answer'] =>
  response =>
    response.writeHead(status, headers).end(body);

/** Takes everything until told otherwise. @param port 0 is any free one */
export async function startReceiver(port = 0): Promise<Receiver> {
  const origin = await startOrigin((request, response) => {
    void receive(request, response);
  }, port);
  const receiver: Receiver = { url: `${origin.url}/hook`, origin, deliveries: [], answer: take };
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { headers } = request;
    const delivery = {
      id: String(headers['webhook-id']),
      timestamp: Number(headers['webhook-timestamp']),
      signature: headers['webhook-signature']?.toString(),
      contentType: headers['content-type'],
      body: (await bodyOf(request)).toString(),
    };
    receiver.deliveries.push(delivery);
    receiver.answer(response, delivery);
  };
  return receiver;
}

/** What `webhook-signature` has to be (Standard Webhooks 1.0.0, "Signature scheme"). */
export function signatureOf({ id, timestamp, body }: Delivery, key: string | Buffer): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
