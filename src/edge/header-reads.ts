/**
 * Headers of one request that were asked for, each read once. Rules ask for few, so they are kept in
 * a list: a map costs more to make than it saves. Past {@link FEW} names it is one after all.
 */
const FEW = 8;

export class HeaderReads {
  readonly #headers: Headers;
  readonly #names: string[] = [];
  readonly #values: (string | undefined)[] = [];
  #more: Map<string, string | undefined> | undefined;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  /** @param name lower case */
  get(name: string): string | undefined {
    const names = this.#names;
    for (let i = 0; i < names.length; i++) if (names[i] === name) return this.#values[i];
    if (names.length === FEW) return this.#getMore(name);
    const value = readHeader(this.#headers, name);
    names.push(name);
    this.#values.push(value);
    return value;
  }

  #getMore(name: string): string | undefined {
    const more = (this.#more ??= new Map<string, string | undefined>());
    const known = more.get(name);
    if (known !== undefined || more.has(name)) return known;
    const value = readHeader(this.#headers, name);
    more.set(name, value);
    return value;
  }
}

/** What Weir strips as its own (`x-weir-*`) is absent, so that no rule relies on what no origin sees. */
function readHeader(headers: Headers, name: string): string | undefined {
  if (name.startsWith('x-weir-')) return undefined;
  try {
    return headers.get(name) ?? undefined;
  } catch {
    // A name that no header can have.
    return undefined;
  }
}
