/** What a flag's conditions see: the caller as the edge saw it, the app's context, and other flags. */
import { isContextValue, type ContextValue, type Device, type Facts } from '../rollout/conditions/facts.ts';

/** Who knows the other flags: an object, as it costs less to make one for every request than a closure. */
export interface OtherFlags {
  /** @returns name of the variant that a flag has here */
  variantOf(key: string): string | undefined;
}

export class FlagFacts implements Facts {
  readonly #edge: Facts;
  readonly #context: Readonly<Record<string, unknown>>;
  readonly #others: OtherFlags;

  constructor(edge: Facts, context: Readonly<Record<string, unknown>>, others: OtherFlags) {
    this.#edge = edge;
    this.#context = context;
    this.#others = others;
  }

  context(name: string): ContextValue | readonly unknown[] | undefined {
    // Inherited are only functions and the prototype, which are nothing that can be matched.
    const value = this.#context[name];
    return isContextValue(value) || Array.isArray(value) ? value : undefined;
  }

  flag(key: string): string | undefined {
    return this.#others.variantOf(key);
  }

  get country(): string | undefined {
    return this.#edge.country;
  }

  get continent(): string | undefined {
    return this.#edge.continent;
  }

  get region(): string | undefined {
    return this.#edge.region;
  }

  get regionCode(): string | undefined {
    return this.#edge.regionCode;
  }

  get city(): string | undefined {
    return this.#edge.city;
  }

  get colo(): string | undefined {
    return this.#edge.colo;
  }

  get asn(): number | undefined {
    return this.#edge.asn;
  }

  get isEU(): boolean | undefined {
    return this.#edge.isEU;
  }

  get device(): Device | undefined {
    return this.#edge.device;
  }

  get browser(): string | undefined {
    return this.#edge.browser;
  }

  get os(): string | undefined {
    return this.#edge.os;
  }

  get language(): string | undefined {
    return this.#edge.language;
  }

  get host(): string {
    return this.#edge.host;
  }

  get path(): string {
    return this.#edge.path;
  }

  get method(): string {
    return this.#edge.method;
  }

  get ip(): string | undefined {
    return this.#edge.ip;
  }

  get time(): number {
    return this.#edge.time;
  }

  header(name: string): string | undefined {
    return this.#edge.header(name);
  }

  cookie(name: string): string | undefined {
    return this.#edge.cookie(name);
  }

  query(name: string): string | undefined {
    return this.#edge.query(name);
  }

  /** There is no answer yet. */
  get status(): undefined {
    return undefined;
  }

  responseHeader(): undefined {
    return undefined;
  }
}

/** Every flag may hash it: the longest that an app may send for a unit is bounded, and with it what that costs. */
const MAX_UNIT = 512;
/** The longest that one draw may take. */
export const DRAW_NS = 2000;

/**
 * What is hashed: text, or a whole number as its digits, so that 42 and "42" are the same unit.
 * @returns undefined for anything else: an empty text, which would make one unit of all, and one above 512 characters
 */
export function unitOf(context: Readonly<Record<string, unknown>>, by: string): string | undefined {
  const value = context[by];
  if (typeof value === 'string') return value === '' || value.length > MAX_UNIT ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
