/** Where in the page one is: `#/` is the list, `#/r/<name>` a rollout, `#/r/<name>/flags` its flags, `#/r/<name>/reports/<id>` what one left. */
import { useEffect, useState } from 'preact/hooks';

export type Route =
  | { readonly kind: 'list' }
  | { readonly kind: 'rollout'; readonly name: string }
  | { readonly kind: 'flags'; readonly name: string }
  | { readonly kind: 'report'; readonly name: string; readonly id: string };

export function hrefOf(name: string): string {
  return `#/r/${name}`;
}

export function flagsHref(name: string): string {
  return `${hrefOf(name)}/flags`;
}

export function reportHref(name: string, id: number): string {
  return `${hrefOf(name)}/reports/${id}`;
}

export function routeOf(hash: string): Route {
  const [, name, flags, id] =
    /^#\/r\/([a-z0-9.-]{1,253})(?:\/(flags)|\/reports\/(\d{1,9}))?$/.exec(hash) ?? [];
  if (name === undefined) return { kind: 'list' };
  if (flags !== undefined) return { kind: 'flags', name };
  return id === undefined ? { kind: 'rollout', name } : { kind: 'report', name, id };
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = (): void => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return routeOf(hash);
}
