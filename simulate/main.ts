/**
 * `npm run simulate`: what the judge decides, on traffic made up for it, beside what others would
 * (README). Exit codes: 0 simulated, whatever the figures; 2 bad arguments.
 */
import { appendFileSync } from 'node:fs';
import { readSettings, USAGE, UsageError, type TableName } from './settings.ts';
import { errorDetection, latencyDetection } from './tables/detection.ts';
import { falseRollbacks } from './tables/false-rollbacks.ts';
import { stickyDetection } from './tables/sticky-detection.ts';
import { stickyFalseRollbacks } from './tables/sticky.ts';
import { promotion } from './tables/promotion.ts';
import { markdown, type Log, type Size, type Table } from './tables/table.ts';

const MAKERS: Readonly<Record<TableName, (size: Size, log: Log) => Table>> = {
  'false-rollbacks': falseRollbacks,
  errors: errorDetection,
  latency: latencyDetection,
  promotion,
  'sticky-false-rollbacks': stickyFalseRollbacks,
  'sticky-detection': stickyDetection,
};

function main(): void {
  const settings = readSettings(process.argv.slice(2));
  if (settings === 'help') {
    console.log(USAGE);
    return;
  }
  // Progress goes to stderr: stdout is the result.
  const { raw } = settings;
  const log: Log = Object.assign((line: string) => console.error(line), {
    keep: (outcome: object) => {
      if (raw !== undefined) appendFileSync(raw, `${JSON.stringify(outcome)}\n`);
    },
  });
  for (const name of settings.tables) console.log(markdown(MAKERS[name](settings, log)));
}

try {
  main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
