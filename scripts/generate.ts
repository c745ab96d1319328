/** Writes the files that are generated from the source, or with `--check` says which are out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import * as z from 'zod/mini';
import { cliSchema } from '../cli/json-schema.ts';
import { weirDashboard } from '../grafana/weir.ts';
import { analyticsEngineDashboard } from '../grafana/weir-analytics-engine.ts';
import { flagSchema, settingsSchema } from '../src/core/flags/schema.ts';
import { condition, goalCondition, rolloutDocument } from '../src/core/rollout/schema.ts';
import {
  CONDITION,
  CONDITION_REFERENCE,
  FLAG_CONDITION,
  FLAG_CONDITION_REFERENCE,
  GOAL_CONDITION,
  GOAL_CONDITION_REFERENCE,
} from './condition-schema.ts';

const files: Readonly<Record<string, () => unknown>> = {
  'schema/rollout.schema.json': () => ({
    ...z.toJSONSchema(rolloutDocument, {
      io: 'input',
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema === condition) Object.assign(jsonSchema, CONDITION_REFERENCE);
        if (zodSchema === goalCondition) Object.assign(jsonSchema, GOAL_CONDITION_REFERENCE);
        // Its absence is found where conditions are compiled, in better words.
        if (jsonSchema.properties?.['if'] !== undefined) jsonSchema.required = ['if'];
      },
    }),
    $defs: { condition: CONDITION, goalCondition: GOAL_CONDITION },
  }),
  'schema/flags.schema.json': () => ({
    ...z.toJSONSchema(
      z
        .catchall(settingsSchema, flagSchema)
        .check(z.describe("Feature flags by key; what begins with $ is the document's own")),
      {
        io: 'input',
        override: ({ zodSchema, jsonSchema }) => {
          if (zodSchema === condition) Object.assign(jsonSchema, FLAG_CONDITION_REFERENCE);
        },
      },
    ),
    $defs: { flagCondition: FLAG_CONDITION },
  }),
  'schema/cli.schema.json': cliSchema,
  'grafana/weir.json': weirDashboard,
  'grafana/weir-analytics-engine.json': analyticsEngineDashboard,
};

let outdated = 0;
for (const [path, make] of Object.entries(files)) {
  const target = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const text = await format(JSON.stringify(make()), { ...(await resolveConfig(target)), parser: 'json' });
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readIfThere(target) !== text) {
    console.error(`${path} is out of date: run npm run generate`);
    outdated++;
  }
}
process.exitCode = outdated > 0 ? 1 : 0;

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
