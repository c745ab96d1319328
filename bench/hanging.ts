/** A server that hangs: a canary or a collector, as the measurement needs it. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** Takes every connection and says nothing. */
export async function startHanging() {
  const sockets = new Set<Socket>();
  let most = 0;
  const server = createServer(socket => {
    sockets.add(socket);
    most = Math.max(most, sockets.size);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    socket.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    most: () => most,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
