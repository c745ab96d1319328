/** Override links on the command line. */
import { linkAuthority } from '../src/core/rollout/control.ts';
import { linkPathProblem, OFF, withOverride } from '../src/core/rollout/override-path.ts';
import { err, ok, type Result } from '../src/core/result.ts';

export interface OverrideOptions {
  readonly ttl?: string;
  readonly path: string;
  readonly host?: string;
  readonly rollout: string;
}

/** As the API answers. */
export interface Override {
  readonly rollout: string;
  readonly variant: string;
  readonly url: string;
  readonly path: string;
  /** ISO 8601 */
  readonly expiresAt: string;
}

/** A link that ends an override. It is the same for everyone, so Weir isn't asked. */
export interface EndingLink {
  readonly url: string;
  readonly path: string;
}

export function requestBody(variant: string, { ttl, path, host }: OverrideOptions): string {
  return JSON.stringify({ variant, ttl, path, host });
}

/** @returns the link, or what is wrong with the options */
export function endingLink(base: string, options: OverrideOptions): Result<EndingLink, string> {
  if (options.ttl !== undefined) return err('--ttl: a link that ends an override works for ever');
  const problem = linkPathProblem(options.path);
  if (problem !== undefined) return err(`--path: ${problem}, got "${options.path}"`);
  const { protocol, host } = new URL(base);
  const authority = options.host ?? linkAuthority(options.rollout, host);
  const path = withOverride(options.path, OFF);
  if (/[\s/\\?#@]/.test(authority) || !URL.canParse(`${protocol}//${authority}`))
    return err(`--host: expected a host like www.example.com, got "${authority}"`);
  return ok({ url: `${protocol}//${authority}${path}`, path });
}

export function overrideText({ rollout, variant, url, expiresAt }: Override): string {
  return [
    url,
    `Shows the ${variant} of ${rollout} to whoever opens it, until ${expiresAt.replace('.000Z', 'Z')}.`,
    'Open it in a new tab: one that shows the site may still hold scripts and images of the other version.',
    'weir override off prints the link that ends it sooner.',
  ].join('\n');
}

export function endingText({ url }: EndingLink): string {
  return [url, 'Works for whoever opens it: it ends the override of their browser, if it has one.'].join(
    '\n',
  );
}
