/** What a flag's conditions see: the caller as the edge saw it, the app's context, and other flags. */
import type { ContextValue, Device, Facts } from '../rollout/conditions/facts.ts';

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

  context(name: string): ContextValue | readonly ContextValue[] | undefined {
    // Inherited are only functions and the prototype, which are nothing that can be matched.
    const value = this.#context[name];
    if (isContextValue(value)) return value;
    return Array.isArray(value) ? value.filter(isContextValue) : undefined;
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

function isContextValue(value: unknown): value is ContextValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/**
 * What is hashed: text, or a whole number as its digits, so that 42 and "42" are the same unit.
 * @returns undefined for anything else, and for an empty text: they would all be one unit
 */
export function unitOf(context: Readonly<Record<string, unknown>>, by: string): string | undefined {
  const value = context[by];
  if (typeof value === 'string') return value === '' ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
