/** Batches that are added in memory and wait for their commit. */
export class Uncommitted {
  /** Whose batches they are. */
  readonly isolates = new Set<string>();
  readonly #committed: PromiseWithResolvers<void> = Promise.withResolvers();

  get done(): Promise<void> {
    return this.#committed.promise;
  }

  resolve(): void {
    this.#committed.resolve();
  }
}
