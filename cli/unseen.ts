/** The caller that an edge would have seen: offline there is none, so what is asked of one is noted. */
import type { Facts } from '../src/core/rollout/conditions/facts.ts';

/**
 * @param known the host, where it is known, and now in milliseconds since 1970
 * @param note is told the name of each attribute that is asked for and unknown here
 */
export function unseen(
  { host, time }: { readonly host: string | undefined; readonly time: number },
  note: (attribute: string) => void,
): Facts {
  const asked = (attribute: string): undefined => {
    note(attribute);
  };
  const keyed = (kind: string) => (name: string) => asked(`${kind}.${name}`);
  return {
    get country() {
      return asked('country');
    },
    get continent() {
      return asked('continent');
    },
    get region() {
      return asked('region');
    },
    get regionCode() {
      return asked('region');
    },
    get city() {
      return asked('city');
    },
    get colo() {
      return asked('colo');
    },
    get asn() {
      return asked('asn');
    },
    get isEU() {
      return asked('isEU');
    },
    get device() {
      return asked('device');
    },
    get browser() {
      return asked('browser');
    },
    get os() {
      return asked('os');
    },
    get language() {
      return asked('language');
    },
    get host() {
      return host ?? asked('host') ?? '';
    },
    get path() {
      return asked('path') ?? '';
    },
    get method() {
      return asked('method') ?? '';
    },
    get ip() {
      return asked('ip');
    },
    time,
    header: keyed('header'),
    cookie: keyed('cookie'),
    query: keyed('query'),
    // Flags can't ask for an answer; context and flags are known.
    status: undefined,
    responseHeader: () => undefined,
    context: () => undefined,
    flag: () => undefined,
  };
}
