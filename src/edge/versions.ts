/** What the variants' origins say of their version, in the header that the document names. */

/** RFC 9110, section 5.5: visible ASCII and spaces. What is longer, or something else, is no version. */
const VERSION = /^[\x20-\x7e]{1,128}$/;

export class Versions {
  readonly #seen = new Map<string, string>();

  /** @param value of the header; null if there was none: an error page in between says nothing */
  see(variant: string, value: string | null): void {
    if (value === null || this.#seen.get(variant) === value || !VERSION.test(value)) return;
    this.#seen.set(variant, value);
  }

  /** By variant, the last that was seen since this was asked before. */
  take(): Record<string, string> {
    const seen = Object.fromEntries(this.#seen);
    this.#seen.clear();
    return seen;
  }
}
