/**
 * The published server provider with the life that some scenarios are about and that it does not have (it
 * is ready at once, whatever there is at its address): it begins by reading all flags, and keeps what it
 * was told for as long as Weir says that nothing has changed.
 */
import { OFREPProvider } from '@openfeature/ofrep-provider';
import {
  GeneralError,
  OpenFeatureEventEmitter,
  ProviderFatalError,
  StandardResolutionReasons,
  type EvaluationContext,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk';

export class LivingProvider extends OFREPProvider implements Provider {
  readonly events = new OpenFeatureEventEmitter();
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  /** By flag and context, with the tag of all flags at that time. */
  readonly #known = new Map<string, { readonly etag: string; readonly details: ResolutionDetails<never> }>();

  constructor(baseUrl: string, headers: Readonly<Record<string, string>>) {
    super({ baseUrl, headers: Object.entries(headers) });
    this.#baseUrl = baseUrl;
    this.#headers = headers;
  }

  async initialize(): Promise<void> {
    const { status } = await this.#all({}, '').catch((error: unknown) => {
      throw new GeneralError(`no flags at ${this.#baseUrl}`, { cause: error });
    });
    if (status === 401 || status === 403) throw new ProviderFatalError('this key opens nothing');
    if (status !== 200) throw new GeneralError(`all flags: ${status}`);
  }

  override resolveBooleanEvaluation(key: string, fallback: boolean, context: EvaluationContext) {
    return this.#remembered(key, context, () => super.resolveBooleanEvaluation(key, fallback, context));
  }

  override resolveStringEvaluation(key: string, fallback: string, context: EvaluationContext) {
    return this.#remembered(key, context, () => super.resolveStringEvaluation(key, fallback, context));
  }

  async #remembered<T>(
    key: string,
    context: EvaluationContext,
    ask: () => Promise<ResolutionDetails<T>>,
  ): Promise<ResolutionDetails<T>> {
    const name = JSON.stringify([key, context]);
    const known = this.#known.get(name);
    const { status, etag } = await this.#all(context, known?.etag ?? '');
    if (known !== undefined && status === 304) {
      return { ...known.details, reason: StandardResolutionReasons.CACHED };
    }
    const details = await ask();
    this.#known.set(name, { etag, details: details as ResolutionDetails<never> });
    return details;
  }

  async #all(context: EvaluationContext, etag: string): Promise<{ status: number; etag: string }> {
    const response = await fetch(`${this.#baseUrl}/ofrep/v1/evaluate/flags`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(etag === '' ? {} : { 'if-none-match': etag }),
        ...this.#headers,
      },
      body: JSON.stringify({ context }),
    });
    await response.arrayBuffer();
    return { status: response.status, etag: response.headers.get('etag') ?? '' };
  }
}
