/** Where in the page one is: `#/` is the list, `#/r/<name>` a rollout, `#/r/<name>/reports/<id>` what one left. */
import { useEffect, useState } from 'preact/hooks';

export type Route =
  | { readonly kind: 'list' }
  | { readonly kind: 'rollout'; readonly name: string }
  | { readonly kind: 'report'; readonly name: string; readonly id: string };

export function hrefOf(name: string): string {
  return `#/r/${name}`;
}

export function reportHref(name: string, id: number): string {
  return `${hrefOf(name)}/reports/${id}`;
}

export function routeOf(hash: string): Route {
  const [, name, id] = /^#\/r\/([a-z0-9.-]{1,253})(?:\/reports\/(\d{1,9}))?$/.exec(hash) ?? [];
  if (name === undefined) return { kind: 'list' };
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
