import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileFlags } from '../../../src/core/flags/compile.ts';

const read = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const [, inReadme = ''] = /^## (Serve feature flags.*?)^## /ms.exec(read('README.md')) ?? [];
const documents = [...read('docs/flags.md').split(/^## /m), inReadme].flatMap(section => {
  const title = section.slice(0, section.indexOf('\n'));
  return [...section.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => [title, text ?? ''] as const);
});

describe('flag documents that people copy', () => {
  it('there are some in docs/flags.md, and one in the README', () => {
    expect(documents.length).toBeGreaterThanOrEqual(8);
  });

  it.each([...documents, ['examples/flags.json', read('examples/flags.json')] as const])(
    '%s: compiles without a complaint',
    (_, text) => {
      const compiled = compileFlags(text);
      expect(compiled.ok ? compiled.value.problems : compiled.error).toEqual([]);
    },
  );
});
