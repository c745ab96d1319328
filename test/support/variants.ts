/** Origins that say who they are, and the document that splits between them. */
import { startOrigin, type HttpOrigin } from './origin.ts';

/** Answers with its name; `?status=` and `?delay=` (ms) change the answer. */
export async function namedOrigin(name: string): Promise<HttpOrigin> {
  return startOrigin((request, response) => {
    const query = new URL(request.url ?? '/', 'http://origin').searchParams;
    const status = Number(query.get('status') ?? 200);
    setTimeout(
      () => response.writeHead(status, { 'content-type': 'text/plain' }).end(name),
      Number(query.get('delay') ?? 0),
    );
  });
}

export interface Variants {
  readonly stable: HttpOrigin;
  readonly canary: HttpOrigin;
  /** The document's text; `change` overrides its top-level keys. */
  document(change?: object): string;
  close(): Promise<void>;
}

/** @param prefix goes before the names that the origins answer with */
export async function startVariants(prefix = ''): Promise<Variants> {
  const [stable, canary] = await Promise.all([
    namedOrigin(`${prefix}stable`),
    namedOrigin(`${prefix}canary`),
  ]);
  return {
    stable,
    canary,
    document: change =>
      JSON.stringify({
        variants: { stable: { origin: stable.url }, canary: { origin: canary.url } },
        ...change,
      }),
    async close() {
      await Promise.all([stable.close(), canary.close()]);
    },
  };
}
