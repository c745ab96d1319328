import { afterEach, describe, expect, it } from 'vitest';
import { signedPost } from '../../src/objects/signed-post.ts';
import { signatureOf, startReceiver, type Receiver } from '../support/receiver.ts';

let receiver: Receiver;
afterEach(() => receiver.origin.close());

async function sentWith(secret: string | undefined) {
  receiver = await startReceiver();
  const post = signedPost(name => (name === 'NOTIFY_SECRET' ? secret : undefined));
  const answer = await post(
    { url: receiver.url, id: 'a', body: '{"ü":1}', timeoutMs: 5000 },
    1_674_087_231_999,
  );
  return { answer, delivery: receiver.deliveries[0] };
}

describe('a signature', () => {
  it.each([
    ['a text: its own bytes', 'sécret', 'sécret'],
    [
      'whsec_ and base64: those bytes',
      `whsec_${Buffer.from([0, 255, 7]).toString('base64')}`,
      Buffer.from([0, 255, 7]),
    ],
    ['a line feed at the end, as echo leaves one: not counted', 'secret\n', 'secret'],
  ])('is made with %s', async (_, secret, key) => {
    const { delivery } = await sentWith(secret);
    expect(delivery).toMatchObject({ timestamp: 1_674_087_231, signature: signatureOf(delivery!, key) });
  });

  it.each([undefined, '', ' '])('is not there without a secret (%j)', async secret => {
    const { answer, delivery } = await sentWith(secret);
    expect(answer).toMatchObject({ kind: 'answer', status: 200 });
    expect(delivery).toMatchObject({ id: 'a', signature: undefined });
  });

  it('that cannot be made keeps the request back, and says why', async () => {
    const { answer, delivery } = await sentWith('whsec_*');
    expect(answer).toEqual({
      kind: 'none',
      text: 'no answer: what follows whsec_ in NOTIFY_SECRET is no base64',
    });
    expect(delivery).toBeUndefined();
  });
});

it('an address with a password in it is not asked, nor is the password told', async () => {
  receiver = await startReceiver();
  const post = signedPost(() => undefined);
  const url = receiver.url.replace('//', '//user:hunter2@');
  const answer = await post({ url, id: 'a', body: '{}', timeoutMs: 5000 }, 0);
  expect(answer).toMatchObject({ kind: 'none', text: expect.not.stringContaining('hunter2') as string });
});
