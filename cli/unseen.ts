/** The caller that an edge would have seen: offline there is none, so what is asked of one is noted. */
import type { Device, Facts } from '../src/core/rollout/conditions/facts.ts';

/**
 * @param known the host, where it is known, and now in milliseconds since 1970
 * @param note is told the name of each attribute that is asked for and unknown here
 */
export function unseen(
  { host, time }: { readonly host: string | undefined; readonly time: number },
  note: (attribute: string) => void,
): Facts {
  const asked = <T>(attribute: string, instead: T): T => {
    note(attribute);
    return instead;
  };
  const text = (attribute: string) => asked<string | undefined>(attribute, undefined);
  const keyed = (kind: string) => (name: string) => text(`${kind}.${name}`);
  return {
    get country() {
      return text('country');
    },
    get continent() {
      return text('continent');
    },
    get region() {
      return text('region');
    },
    get regionCode() {
      return text('region');
    },
    get city() {
      return text('city');
    },
    get colo() {
      return text('colo');
    },
    get asn() {
      return asked<number | undefined>('asn', undefined);
    },
    get isEU() {
      return asked<boolean | undefined>('isEU', undefined);
    },
    get device() {
      return asked<Device | undefined>('device', undefined);
    },
    get browser() {
      return text('browser');
    },
    get os() {
      return text('os');
    },
    get language() {
      return text('language');
    },
    get host() {
      return host ?? asked('host', '');
    },
    get path() {
      return asked('path', '');
    },
    get method() {
      return asked('method', '');
    },
    get ip() {
      return text('ip');
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
