/** Where in the page one is: `#/` is the list, `#/r/<name>` a rollout. */
import { useEffect, useState } from 'preact/hooks';

export type Route = { readonly kind: 'list' } | { readonly kind: 'rollout'; readonly name: string };

export function hrefOf(name: string): string {
  return `#/r/${name}`;
}

export function routeOf(hash: string): Route {
  const name = /^#\/r\/([a-z0-9.-]{1,253})$/.exec(hash)?.[1];
  return name === undefined ? { kind: 'list' } : { kind: 'rollout', name };
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
