/**
 * The origin behind every contestant, in a process of its own: it looks for the end of each request
 * and writes the same bytes. An HTTP server would cost more than the proxies that are measured.
 *
 * Tells its parent the port, and ends when the parent is gone.
 */
import { createServer, type AddressInfo } from 'node:net';
import { BODY } from './page.ts';

/** What a page carries: no Set-Cookie of its own, so that one in an answer is the proxy's. */
const head = [
  'HTTP/1.1 200 OK',
  'content-type: text/html; charset=utf-8',
  `content-length: ${BODY.length}`,
  'cache-control: no-cache',
  'etag: "33a64df551425fcc"',
  'vary: accept-encoding',
  '\r\n',
].join('\r\n');
const answer = Buffer.from(head + BODY, 'latin1');
/** To HEAD; the probe that waits for the runtime sends it. */
const answerWithoutBody = Buffer.from(head, 'latin1');
const END = '\r\n\r\n';

const server = createServer({ noDelay: true }, socket => {
  let rest: Buffer | undefined;
  socket.on('data', (bytes: Buffer) => {
    let unread = rest === undefined ? bytes : Buffer.concat([rest, bytes]);
    for (let end = unread.indexOf(END); end >= 0; end = unread.indexOf(END)) {
      const isHead = unread[0] === 0x48; // of the methods that are sent here, only HEAD starts with H
      socket.write(isHead ? answerWithoutBody : answer);
      unread = unread.subarray(end + END.length);
    }
    rest = unread.length > 0 ? unread : undefined;
  });
  // A runtime that is stopped resets its connections.
  socket.on('error', () => socket.destroy());
});

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
