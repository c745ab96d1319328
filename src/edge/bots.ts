/**
 * Crawlers, checkers and link previews: nobody looks at what they get, and they keep no cookie, so
 * each of their requests would count as a new visitor.
 *
 * `isbot` also takes every HTTP client for a bot (curl, okhttp, a native app's `MyApp/3.1`). Those
 * are how an API's visitors arrive: the patterns that mean "a program" rather than "a crawler" are
 * left out here (docs/decisions/0004-bots.md).
 */
import { createIsbotFromList, list } from 'isbot';
import { remembering } from './remembering.ts';

const ANCHORED_CRAWLERS = new Set([
  '^bot',
  '^duckduckgo',
  '^facebook',
  '^rss',
  '^snapchat',
  '^whatsapp',
  '^yahoo',
  '^yandex',
]);
const CLIENTS = new Set([
  '(?<!lib)http',
  '@[a-z][\\w-]+\\.',
  ';\\s\\w+;$',
  '\\(\\)',
  '\\.com\\b',
  '\\b\\w+/1\\.0;',
  '\\bperl\\b',
  '\\btime/',
  '\\|',
  'java(?!;)',
  'library',
  'node\\b',
  'proxy',
  'server',
  'tools',
  'url',
]);

const matches = createIsbotFromList(
  list.filter(pattern => (pattern.startsWith('^') ? ANCHORED_CRAWLERS.has(pattern) : !CLIENTS.has(pattern))),
);

const isCrawler = remembering(500, matches);

export function isBot(userAgent: string | null): boolean {
  return userAgent !== null && userAgent !== '' && isCrawler(userAgent);
}
