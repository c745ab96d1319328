import { describe, expect, it } from 'vitest';
import { isBot } from '../../src/edge/bots.ts';

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

describe('a bot', () => {
  it.each([
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.0; +https://openai.com/gptbot)',
    'facebookexternalhit/1.1',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'UptimeRobot/2.0',
    CHROME.replace('Chrome/', 'HeadlessChrome/'),
  ])('is %s', userAgent => {
    expect(isBot(userAgent)).toBe(true);
  });

  it.each([
    null,
    '',
    CHROME,
    SAFARI,
    'curl/8.5.0',
    'node',
    'okhttp/4.12.0',
    'python-requests/2.32',
    'Go-http-client/2.0',
    'MyApp/3.1 CFNetwork/1490 Darwin/23',
    'MyApp/3.1',
  ])('is not %j: people, and the programs that they use', userAgent => {
    expect(isBot(userAgent)).toBe(false);
  });
});
