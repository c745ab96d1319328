/** Which endpoint answers which request. Everything that is not listed gets a greeting. */
import { serveAsset, serveCookies, serveError, serveHello, servePage } from './answers.ts';
import { serveRedirect, serveUpgradeRequired, serveWhoami } from './answers.ts';
import type { Exchange, Handler } from './exchange.ts';
import { SOCKET_PATH } from './socket.ts';
import { serveEvents, serveLarge, serveSlow, serveUpload } from './streams.ts';

const HANDLERS = new Map<string, Handler>([
  ['GET /', servePage],
  ['GET /api/whoami', serveWhoami],
  ['GET /error', serveError],
  ['GET /slow', serveSlow],
  ['GET /events', serveEvents],
  [`GET ${SOCKET_PATH}`, serveUpgradeRequired],
  ['GET /large', serveLarge],
  ['POST /upload', serveUpload],
  ['GET /redirect', serveRedirect],
  ['GET /cookies', serveCookies],
  ['GET /asset.js', serveAsset],
]);

export function handlerFor({ request, url }: Exchange): Handler {
  // node:http sends no body in answer to HEAD, so its GET handler will do.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  return HANDLERS.get(`${method} ${url.pathname}`) ?? serveHello;
}
