/** One origin behind one Weir, asked byte for byte. */
import { startOrigin, type HttpOrigin } from './origin.ts';
import { ask, askBytes, type RawRequest } from './raw-client.ts';
import type { RawAnswer } from './raw-answer.ts';
import { startTestWeir, type TestWeir } from './weir.ts';

/** The host that visitors use, unless a test says otherwise. */
export const PUBLIC_HOST = 'shop.example';

export interface ProxiedOptions {
  /** Settings of the variant `stable` beside its origin. */
  readonly stable?: Readonly<Record<string, unknown>>;
  /** Keys of the document beside `variants`. */
  readonly document?: Readonly<Record<string, unknown>>;
  /** Variables and secrets of the Worker. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Proxied {
  readonly origin: HttpOrigin;
  readonly weir: TestWeir;
  /** A Cookie header of a visitor who has been here: the answer needs no Set-Cookie and is passed on as it is. */
  readonly returning: readonly [name: string, value: string];
  /** One request of a visitor without a cookie, on a connection of its own. */
  ask(request?: RawRequest): Promise<RawAnswer>;
  /** The answer to exactly these bytes. */
  send(bytes: string): Promise<RawAnswer>;
  /** Forgets what the origin saw and has it answer `200 ok` again. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startProxied(options: ProxiedOptions = {}): Promise<Proxied> {
  const origin = await startOrigin();
  const { answer } = origin;
  const weir = await startTestWeir(options.variables === undefined ? {} : { variables: options.variables });
  const variants = { stable: { origin: origin.url, ...options.stable } };
  await weir.putKv('rollout:default', JSON.stringify({ variants, ...options.document }));
  return {
    origin,
    weir,
    returning: ['cookie', visitorCookie(await ask(weir.url))],
    ask: request => ask(weir.url, request),
    send: bytes => askBytes(weir.url, bytes),
    reset() {
      origin.seen.length = 0;
      origin.answer = answer;
    },
    async stop() {
      await weir.stop();
      await origin.close();
    },
  };
}

/** The visitor's cookie that an answer sets, as the browser sends it back. @throws if it sets none */
export function visitorCookie(answer: RawAnswer): string {
  const cookie = answer.all('set-cookie').find(value => value.startsWith('weir='));
  if (cookie === undefined) throw new Error(`no cookie on a ${answer.status}: ${answer.text}`);
  return cookie.split(';')[0]!;
}
