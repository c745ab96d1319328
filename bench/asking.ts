/**
 * Who asks, for what is measured without a network: requests with headers and a place, as Cloudflare
 * hands them to a Worker. Runs in Node and in the runtime.
 */
import { targetOf, type RequestTarget } from '../src/edge/request-target.ts';
import { VisitorFacts } from '../src/edge/visitor-facts.ts';

/** A visitor's request, and what the proxy knows of it before it decides. */
export interface Asking {
  readonly request: Request;
  readonly target: RequestTarget;
  readonly ip: string;
}

/** None is a bot, on a tablet, from New Zealand or on a Māori page: the rules ask for that. */
const AGENTS: readonly Readonly<Record<string, string>>[] = [
  {
    'user-agent':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    'sec-ch-ua': '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
    'sec-ch-ua-mobile': '?0',
    'sec-ch-ua-platform': '"Linux"',
    'accept-language': 'en-GB,en;q=0.9,cy;q=0.8',
  },
  {
    'user-agent':
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    'sec-ch-ua': '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
    'sec-ch-ua-mobile': '?1',
    'sec-ch-ua-platform': '"Android"',
    'accept-language': 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7',
  },
  {
    'user-agent':
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'accept-language': 'ja',
  },
  {
    'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0',
    'accept-language': 'pt-BR,pt;q=0.8,en-US;q=0.5,en;q=0.3',
  },
];
const PLACES = [
  { country: 'GB', continent: 'EU', region: 'Wales', regionCode: 'WLS', city: 'Cardiff', colo: 'LHR' },
  { country: 'DE', continent: 'EU', region: 'Berlin', regionCode: 'BE', city: 'Berlin', colo: 'TXL' },
  { country: 'JP', continent: 'AS', region: 'Tokyo', regionCode: '13', city: 'Tokyo', colo: 'NRT' },
].map(place => ({ ...place, asn: 64_496, isEUCountry: place.country === 'DE' ? '1' : undefined }));

/** Different browsers, places and addresses in turn, every other one of IPv6. @param own beside the browser's headers */
export function visitors(count: number, own: (number: number) => Readonly<Record<string, string>>): Asking[] {
  return Array.from({ length: count }, (_, number) => {
    const url = `https://shop.example.com/products/${number}?from=search`;
    const headers = {
      accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'accept-encoding': 'gzip, deflate, br, zstd',
      ...AGENTS[number % AGENTS.length],
      'sec-fetch-dest': 'document',
      'sec-fetch-mode': 'navigate',
      cookie: `_ga=GA1.1.${number}.1790000000; theme=dark`,
      ...own(number),
    };
    const request = new Request(url, { headers });
    // In Node, and in the runtime without Cloudflare in front of it, there is none.
    Object.defineProperty(request, 'cf', { value: PLACES[number % PLACES.length] });
    const ip =
      number % 2 === 0 ? `203.0.113.${number % 256}` : `2001:db8:${number.toString(16)}::${number % 10}`;
    return { request, target: targetOf(url), ip };
  });
}

/** As the proxy makes them: new for every decision, so that each pays for what it reads. */
export function factsOf({ request, target, ip }: Asking): VisitorFacts {
  return new VisitorFacts(request, target, ip, Date.UTC(2026, 10, 23, 12));
}
