import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/core/rollout/compile.ts';
import { noSecrets } from '../support/documents.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/routing.md', import.meta.url)), 'utf8');
const recipes = page
  .split(/^## /m)
  .slice(1)
  .flatMap(section => {
    const title = section.slice(0, section.indexOf('\n'));
    return [...section.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => [title, text ?? ''] as const);
  });

describe('docs/routing.md', () => {
  it('has a recipe for everything it promises', () => {
    expect(recipes.length).toBeGreaterThanOrEqual(9);
  });

  it.each(recipes)('%s: its document compiles', (_, text) => {
    const compiled = compileDocument(text, 'default', noSecrets);
    expect(compiled.ok ? [] : compiled.error).toEqual([]);
  });
});
