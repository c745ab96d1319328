import { describe, expect, it } from 'vitest';
import { otlpSettingsOf } from '../../src/edge/sinks/otlp-settings.ts';

const ENDPOINT = 'https://otlp.example.com';

describe('OTLP_ENDPOINT', () => {
  it.each([
    ['https://otlp.example.com', 'https://otlp.example.com/v1/metrics'],
    ['https://otlp.example.com/', 'https://otlp.example.com/v1/metrics'],
    ['https://example.com:4318/otlp//', 'https://example.com:4318/otlp/v1/metrics'],
    ['https://example.com/otlp/v1/metrics', 'https://example.com/otlp/v1/metrics'],
    ['https://example.com/otlp?key=a', 'https://example.com/otlp/v1/metrics?key=a'],
    [' http://localhost:4318 ', 'http://localhost:4318/v1/metrics'],
    ['http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/metrics'],
    ['http://[::1]:4318', 'http://[::1]:4318/v1/metrics'],
  ])('%s posts to %s', (endpoint, url) => {
    expect(otlpSettingsOf({ OTLP_ENDPOINT: endpoint })).toEqual({ ok: true, value: { url, headers: [] } });
  });

  it.each([
    ['nothing', undefined, 'not set'],
    ['no URL', 'otlp.example.com:4318', 'https://'],
    ['half a URL', 'https://', 'no URL'],
    ['plain http to elsewhere', 'http://otlp.example.com', 'https://'],
    ['plain http to a name that only begins like this machine', 'http://127.0.0.1.example.com', 'https://'],
    ['another scheme', 'ftp://otlp.example.com', 'https://'],
    ['a password', 'https://user:pw@otlp.example.com', 'OTLP_HEADERS'],
    ['a fragment', 'https://otlp.example.com/#a', 'fragment'],
  ])('refuses %s, and says what to do', (_, endpoint, words) => {
    const result = otlpSettingsOf(endpoint === undefined ? {} : { OTLP_ENDPOINT: endpoint });
    expect(result.ok ? '' : result.error).toContain(words);
  });
});

describe('OTLP_HEADERS', () => {
  const headersOf = (text: string) => otlpSettingsOf({ OTLP_ENDPOINT: ENDPOINT, OTLP_HEADERS: text });

  it.each([
    ['', []],
    ['Api-Key=abc', [['api-key', 'abc']]],
    [
      'a=1, b = 2 ,',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['authorization=Basic%20dTpw%3D%3D', [['authorization', 'Basic dTpw==']]],
    ['authorization=Basic dTpw==', [['authorization', 'Basic dTpw==']]],
    ['empty=', [['empty', '']]],
  ])('reads %j', (text, headers) => {
    const result = headersOf(text);
    expect(result.ok && result.value.headers).toEqual(headers);
  });

  it.each([
    ['a token without a name', 'a=1,Bearer hunter2', 'entry 2 has no "="'],
    ['a name with a space', 'my hunter2=1', 'name that no header'],
    ['no name', '=hunter2', 'name that no header'],
    ['a broken escape', 'a=hunter2%zz', 'percent-encoded'],
    ['a line feed', 'a=hunter2%0d%0ax: y', 'characters that no header'],
    ['a letter beyond ASCII', 'a=hunter2%C3%BC', 'characters that no header'],
    ["a header that is Weir's own", 'Content-Type=hunter2', 'sets itself'],
    ["a header that is the connection's", 'transfer-encoding=hunter2', 'sets itself'],
    ['a crowd', Array.from({ length: 33 }, (_, i) => `h${i}=hunter2`).join(), 'more than 32'],
  ])('refuses %s, and tells nobody what it holds', (_, text, words) => {
    const result = headersOf(text);
    const message = result.ok ? '' : result.error;
    expect(message).toContain(words);
    expect(message).not.toContain('hunter2');
  });
});
