/** The dashboard: a page, a script and a style from the Worker alone. Its data comes from the API, with a token. */
import { Hono } from 'hono';
import { html, script, scriptName, style, styleName } from '../../build/dashboard.ts';
import type { Env } from '../edge/env.ts';
import { hasTokens } from './access.ts';

const BASE = '/__weir';

export const dashboard = new Hono<{ Bindings: Env }>({ strict: true });

dashboard.get(BASE, () => new Response(null, { status: 308, headers: { location: `${BASE}/` } }));

dashboard.get(`${BASE}/`, context => {
  // The page can't ask whether there is anything to sign in to without a failed request.
  const page = html.replace('{{api}}', hasTokens(context.env) ? 'on' : 'off');
  return new Response(page, {
    headers: {
      ...COMMON,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': contentSecurityPolicy(new URL(context.req.url)),
      'cross-origin-opener-policy': 'same-origin',
      'x-frame-options': 'DENY',
    },
  });
});
dashboard.get(`${BASE}/${scriptName}`, () => asset(script, 'text/javascript; charset=utf-8'));
dashboard.get(`${BASE}/${styleName}`, () => asset(style, 'text/css; charset=utf-8'));

const COMMON = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** The name changes with the content (RFC 8246). */
function asset(text: string, type: string): Response {
  return new Response(text, {
    headers: { ...COMMON, 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' },
  });
}

/**
 * CSP level 3. Sources are exact paths: without `ADMIN_HOST` the page shares its origin with the
 * app, and nothing that the app serves may run here.
 */
function contentSecurityPolicy({ origin, host }: URL): string {
  // A host that isn't a host-source (an IPv6 address is none) would be void, or end the directive.
  const isSource = /^[a-z0-9.-]+(?::\d+)?$/.test(host);
  const at = (path: string): string => (isSource ? `${origin}${BASE}/${path}` : "'self'");
  return [
    "default-src 'none'",
    `script-src ${at(scriptName)}`,
    `style-src ${at(styleName)}`,
    `connect-src ${at('api/')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
