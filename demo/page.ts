/** The page that a person looks at. Self-contained: no request but its own call for /api/whoami. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CONTROL_PATH } from './control.ts';
import type { Identity } from './exchange.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { pageStyle } from './page-style.ts';

const PROXY_HEADERS = ['x-weir-variant', 'x-forwarded-host', 'x-forwarded-for', 'x-forwarded-proto'];

type Link = readonly [path: string, what: string];

const CONTROL_LINK: Link = [CONTROL_PATH, 'how this origin behaves now'];
const LINKS: readonly Link[] = [
  ['/api/whoami', 'who answered, as JSON, with the request headers'],
  ['/error?status=503', 'an error status'],
  ['/slow?ms=2000', 'an answer after two seconds'],
  ['/events?count=10', 'ten server-sent events'],
  ['/large?bytes=10485760', 'a download of 10 MiB'],
  ['/redirect?to=/api/whoami', 'a redirect that names the origin'],
  ['/cookies', 'two cookies, one with a Domain'],
  ['/asset.js', 'an immutable asset with an ETag'],
  ['/anything/else', 'a greeting'],
];

export interface Page {
  readonly html: string;
  /** Value for Content-Security-Policy. */
  readonly policy: string;
}

export function renderPage({ variant, version }: Identity, headers: IncomingHttpHeaders): Page {
  const name = escapeHtml(variant);
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'`;
  const received = PROXY_HEADERS.map(header => {
    const value = headers[header];
    const shown = value === undefined ? '<em>not sent</em>' : `<code>${escapeHtml(String(value))}</code>`;
    return `<tr><th scope="row">${header}</th><td>${shown}</td></tr>`;
  });
  // The control endpoint refuses what came through the proxy.
  const direct = headers['x-weir-variant'] === undefined ? [CONTROL_LINK] : [];
  const links = [...LINKS, ...direct].map(([path, what]) => `<li><a href="${path}">${path}</a> ${what}</li>`);

  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name} ${escapeHtml(version)}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${pageStyle(variant)}</style>
<header>
  <h1>${name}</h1>
  <p>version ${escapeHtml(version)} answered this page</p>
</header>
<main>
  <section aria-labelledby="counts-title">
    <h2 id="counts-title">Who answers now</h2>
    <p>This page asks <code>/api/whoami</code> once a second.</p>
    <table><thead><tr><th scope="col">Variant</th><th scope="col">Answers</th><th scope="col">Errors</th></tr></thead>
    <tbody id="counts"><tr><td colspan="3">waiting for the first answer</td></tr></tbody></table>
    <noscript><p>Counting needs JavaScript.</p></noscript>
  </section>
  <section aria-labelledby="headers-title">
    <h2 id="headers-title">What the proxy sent</h2>
    <table><tbody>${received.join('\n    ')}</tbody></table>
  </section>
  <section aria-labelledby="links-title">
    <h2 id="links-title">Endpoints</h2>
    <ul>${links.join('\n    ')}</ul>
    <p><button type="button" id="upload">POST 1 MiB to /upload</button>
    <button type="button" id="echo">Echo over WebSocket /ws</button></p>
    <p><output id="result" aria-live="polite"></output></p>
  </section>
</main>
<script nonce="${nonce}">${PAGE_SCRIPT}</script>
</html>
`;
  return { html, policy };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
