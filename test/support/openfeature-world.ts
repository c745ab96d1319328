/** One of OpenFeature's scenarios under way: its provider, what is asked of it, and what it said. */
import {
  OpenFeature,
  ServerProviderEvents,
  type Client,
  type EvaluationContext,
  type EvaluationDetails,
  type FlagEvaluationOptions,
  type FlagValue,
  type Provider,
} from '@openfeature/server-sdk';
import { expect } from 'vitest';

/** Makes the provider of a kind: `stable`, `not ready`, `error`, `fatal` or `stale`. */
export type ProviderOf = (kind: string) => Provider;

export class World {
  readonly domain: string;
  readonly providerOf: ProviderOf;
  readonly hookCalls: string[] = [];
  type = '';
  key = '';
  fallback: FlagValue = '';
  context: EvaluationContext | undefined;
  options: FlagEvaluationOptions | undefined;
  pending: Promise<EvaluationDetails<FlagValue>> | undefined;
  #details: EvaluationDetails<FlagValue> | undefined;

  constructor(domain: string, providerOf: ProviderOf) {
    this.domain = domain;
    this.providerOf = providerOf;
  }

  get client(): Client {
    return OpenFeature.getClient(this.domain);
  }

  get details(): EvaluationDetails<FlagValue> {
    if (this.#details === undefined) throw new Error('nothing was evaluated');
    return this.#details;
  }

  async evaluate(): Promise<void> {
    this.#details = await this.start();
  }

  start(): Promise<EvaluationDetails<FlagValue>> {
    const { client, key, fallback, context, options } = this;
    switch (this.type) {
      case 'Boolean':
        return client.getBooleanDetails(key, fallback as boolean, context, options);
      case 'String':
        return client.getStringDetails(key, fallback as string, context, options);
      case 'Integer':
      case 'Float':
        return client.getNumberDetails(key, fallback as number, context, options);
      case 'Object':
        return client.getObjectDetails(key, fallback, context, options);
      default:
        throw new Error(`no such type: ${this.type}`);
    }
  }

  async use(kind: string): Promise<void> {
    const provider = this.providerOf(kind);
    switch (kind) {
      case 'not ready':
        OpenFeature.setProvider(this.domain, provider);
        return;
      case 'error':
      case 'fatal':
        await expect(OpenFeature.setProviderAndWait(this.domain, provider)).rejects.toThrow();
        return;
      case 'stale':
        await OpenFeature.setProviderAndWait(this.domain, provider);
        provider.events?.emit(ServerProviderEvents.Stale);
        return;
      case 'stable':
        await OpenFeature.setProviderAndWait(this.domain, provider);
        return;
      default:
        throw new Error(`no such provider: ${kind}`);
    }
  }
}
