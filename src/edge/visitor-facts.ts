/**
 * What conditions ask of a visitor's request, read from it when they do and not before. Reading a
 * header costs the runtime more than a microsecond, so none is read twice, however many rules ask.
 *
 * Nothing here throws: a request that can be made to fail a condition would be a failed page.
 */
import type { Device, Facts } from '../core/rollout/conditions/facts.ts';
import { preferredLanguage } from '../core/rollout/conditions/language.ts';
import { cookieValue } from './cookie-header.ts';
import { HeaderReads } from './header-reads.ts';
import { asnOf, codeOf, isEUOf, placeOf, textOf, type Place } from './place.ts';
import { Query } from './query.ts';
import type { RequestTarget } from './request-target.ts';
import { hostOf, pathOf, queryOf } from './target-facts.ts';
import { browserOf, deviceOf, osOf } from './user-agent.ts';

/**
 * null is "not read yet", undefined "read, and absent". Codes are kept as they were found valid:
 * there may be a hundred rules on the country.
 */
type Read<T> = T | undefined | null;

export class VisitorFacts implements Facts {
  readonly time: number;
  readonly #request: Request;
  readonly #target: RequestTarget;
  readonly #ip: string | null | undefined;

  #place: Read<Place> = null;
  #country: Read<string> = null;
  #continent: Read<string> = null;
  #regionCode: Read<string> = null;
  #colo: Read<string> = null;
  #asn: Read<number> = null;
  #device: Read<Device> = null;
  #browser: Read<string> = null;
  #os: Read<string> = null;
  #language: Read<string> = null;
  #host: string | undefined;
  #path: string | undefined;
  #query: Query | undefined;
  #headers: HeaderReads | undefined;
  #address: Read<string> = null;
  #response: Response | undefined;
  #variantOf: ((key: string) => string | undefined) | undefined;

  /** @param ip the client's address as `CLIENT_IP_HEADER` gave it */
  constructor(request: Request, target: RequestTarget, ip: string | null | undefined, nowMs: number) {
    this.#request = request;
    this.#target = target;
    this.#ip = ip;
    this.time = nowMs;
  }

  get country(): string | undefined {
    if (this.#country === null) this.#country = codeOf(this.#whereabouts(), 'country');
    return this.#country;
  }

  get continent(): string | undefined {
    if (this.#continent === null) this.#continent = codeOf(this.#whereabouts(), 'continent');
    return this.#continent;
  }

  get region(): string | undefined {
    return textOf(this.#whereabouts(), 'region');
  }

  get regionCode(): string | undefined {
    if (this.#regionCode === null) this.#regionCode = codeOf(this.#whereabouts(), 'regionCode');
    return this.#regionCode;
  }

  get city(): string | undefined {
    return textOf(this.#whereabouts(), 'city');
  }

  get colo(): string | undefined {
    if (this.#colo === null) this.#colo = codeOf(this.#whereabouts(), 'colo');
    return this.#colo;
  }

  get asn(): number | undefined {
    if (this.#asn === null) this.#asn = asnOf(this.#whereabouts());
    return this.#asn;
  }

  get isEU(): boolean | undefined {
    return isEUOf(this.#whereabouts());
  }

  get device(): Device | undefined {
    if (this.#device === null) this.#device = deviceOf(this.#reads());
    return this.#device;
  }

  get browser(): string | undefined {
    if (this.#browser === null) this.#browser = browserOf(this.#reads());
    return this.#browser;
  }

  get os(): string | undefined {
    if (this.#os === null) this.#os = osOf(this.#reads());
    return this.#os;
  }

  get language(): string | undefined {
    if (this.#language === null) this.#language = preferredLanguage(this.header('accept-language'));
    return this.#language;
  }

  get host(): string {
    return (this.#host ??= hostOf(this.#target));
  }

  get path(): string {
    return (this.#path ??= pathOf(this.#target));
  }

  get method(): string {
    return this.#request.method;
  }

  get ip(): string | undefined {
    if (this.#address === null) this.#address = this.#ip?.trim() || undefined;
    return this.#address;
  }

  header(name: string): string | undefined {
    return this.#reads().get(name);
  }

  #reads(): HeaderReads {
    return (this.#headers ??= new HeaderReads(this.#request.headers));
  }

  cookie(name: string): string | undefined {
    const header = this.header('cookie');
    return header === undefined ? undefined : cookieValue(header, name);
  }

  query(name: string): string | undefined {
    return (this.#query ??= new Query(queryOf(this.#target))).get(name);
  }

  /** From now on goals can ask of the answer, too. */
  answeredWith(response: Response): void {
    this.#response = response;
  }

  get status(): number | undefined {
    return this.#response?.status;
  }

  responseHeader(name: string): string | undefined {
    return this.#response?.headers.get(name) ?? undefined;
  }

  /** Only flags have a context of an app's. */
  context(): undefined {
    return undefined;
  }

  /** From now on conditions can ask for flags. @param variantOf by key; undefined for a flag without one */
  askFlags(variantOf: (key: string) => string | undefined): void {
    this.#variantOf = variantOf;
  }

  flag(key: string): string | undefined {
    return this.#variantOf?.(key);
  }

  #whereabouts(): Place | undefined {
    if (this.#place === null) this.#place = placeOf(this.#request);
    return this.#place;
  }
}
