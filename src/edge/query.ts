/**
 * The parameters of a query, decoded as application/x-www-form-urlencoded (WHATWG URL, section 5.1).
 * A query that holds nothing to decode, as most do, is searched as it stands.
 */
export class Query {
  readonly #text: string;
  readonly #isPlain: boolean;
  #parameters: URLSearchParams | undefined;

  /** @param text without the `?` before it */
  constructor(text: string) {
    this.#text = text;
    this.#isPlain = !text.includes('%') && !text.includes('+');
  }

  /** @returns the first parameter of exactly that name */
  get(name: string): string | undefined {
    if (this.#isPlain) return plainValue(this.#text, name);
    // With a `?` of its own, which is dropped: the text might begin with one that belongs to a name.
    this.#parameters ??= new URLSearchParams(`?${this.#text}`);
    return this.#parameters.get(name) ?? undefined;
  }
}

function plainValue(text: string, name: string): string | undefined {
  // The first `=` of a parameter ends its name.
  if (name.includes('=')) return undefined;
  let from = 0;
  while (from < text.length) {
    let end = text.indexOf('&', from);
    if (end < 0) end = text.length;
    if (end > from && text.startsWith(name, from)) {
      const after = from + name.length;
      if (after === end) return '';
      if (after < end && text.charCodeAt(after) === 0x3d) return text.slice(after + 1, end);
    }
    from = end + 1;
  }
  return undefined;
}
