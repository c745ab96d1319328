/** `check`: what is wrong with a document, and what its plan can tell, before anyone depends on it. */
import type { Command } from 'commander';
import { anySecret } from '../../src/core/rollout/consequences.ts';
import { compileDocument } from '../../src/core/rollout/compile.ts';
import { readDocument } from '../document-file.ts';
import { EXIT, type SessionOf } from '../session.ts';

export function addPlanning(program: Command, session: SessionOf): void {
  program
    .command('check <file>')
    .description('every mistake of a document, without asking Weir')
    .option('--rollout <name>', 'the rollout', 'default')
    .action((file: string, { rollout }: { rollout: string }) => {
      const { print } = session();
      const compiled = compileDocument(readDocument(file).text, rollout, anySecret);
      const problems = compiled.ok ? [] : compiled.error;
      const text = problems.map(({ path, message }) => `${file} ${path}: ${message}`);
      print({ valid: compiled.ok, problems }, compiled.ok ? `${file}: valid` : text.join('\n'));
      if (!compiled.ok) process.exitCode = EXIT.refused;
    });
}
