/** Endpoints that answer at once: who answered, and the responses that a proxy has to treat with care. */
import { createHash } from 'node:crypto';
import { type Exchange, queryNumber, send, sendJson, sendProblem, sendText } from './exchange.ts';
import { renderPage } from './page.ts';

const REDIRECT_STATUSES = [301, 302, 303, 307, 308];

export function servePage(exchange: Exchange): void {
  const { html, policy } = renderPage(exchange, exchange.request.headers);
  exchange.response.setHeader('content-security-policy', policy);
  send(exchange, 200, 'text/html; charset=utf-8', html);
}

export function serveWhoami(exchange: Exchange): void {
  const { variant, version, request } = exchange;
  sendJson(exchange, 200, { variant, version, headers: request.headers });
}

export function serveHello(exchange: Exchange): void {
  sendText(exchange, 200, `hello from ${exchange.variant} ${exchange.version}`);
}

/** A plain GET of the WebSocket endpoint (RFC 9110, section 15.5.22). */
export function serveUpgradeRequired(exchange: Exchange): void {
  exchange.response.setHeader('upgrade', 'websocket');
  exchange.response.setHeader('connection', 'upgrade');
  sendText(exchange, 426, 'open this one as a WebSocket');
}

export function serveError(exchange: Exchange): void {
  const status = queryNumber(exchange, 'status', { min: 400, max: 599, fallback: 500 });
  if (status !== undefined) sendText(exchange, status, `status ${status} from ${exchange.variant}`);
}

/** An absolute Location that names this origin: a proxy that passes it on leaks the origin's address. */
export function serveRedirect(exchange: Exchange): void {
  const { response, url, ownHost } = exchange;
  const status = queryNumber(exchange, 'status', { min: 300, max: 399, fallback: 302 });
  if (status === undefined) return;
  if (!REDIRECT_STATUSES.includes(status)) {
    sendProblem(exchange, 400, 'Bad query', `status must be one of ${REDIRECT_STATUSES.join(', ')}`);
    return;
  }
  const to = url.searchParams.get('to') ?? '/';
  // Browsers read "//host", "/\host" and, as they drop tabs and line ends, "/<tab>/host" as another host.
  if (!/^\/(?![/\\])[^\p{Cc}]{0,2000}$/u.test(to)) {
    sendProblem(exchange, 400, 'Bad query', 'to must be a path that starts with a single "/"');
    return;
  }
  response.setHeader('location', new URL(to, `http://${ownHost}`).href);
  sendText(exchange, status, 'moved');
}

/** Two cookies; the one with Domain is dropped by browsers unless the proxy takes the origin's host out. */
export function serveCookies(exchange: Exchange): void {
  const { response, variant, ownHost } = exchange;
  const domain = new URL(`http://${ownHost}`).hostname;
  response.setHeader('set-cookie', [
    `demo-session=${encodeURIComponent(variant)}; Path=/; HttpOnly; SameSite=Lax`,
    `demo-domain=${encodeURIComponent(variant)}; Path=/; Domain=${domain}; SameSite=Lax`,
  ]);
  sendText(exchange, 200, `two cookies from ${variant}, one of them for ${domain}`);
}

/** Same URL, other content per variant, cached for good: the case in which variants may mix in a browser. */
export function serveAsset(exchange: Exchange): void {
  const { request, response, variant, version } = exchange;
  const script = `export const servedBy = ${JSON.stringify({ variant, version })};\n`;
  const etag = `"${createHash('sha256').update(script).digest('hex').slice(0, 16)}"`;
  response.setHeader('etag', etag);
  response.setHeader('cache-control', 'public, max-age=31536000, immutable');
  if (matchesEtag(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  send(exchange, 200, 'text/javascript; charset=utf-8', script);
}

/** RFC 9110, section 13.1.2: a list, compared without regard to "W/". */
function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some(item => ['*', etag, `W/${etag}`].includes(item.trim()));
}
