/** OFREP's own OpenAPI file as validators of bodies. */
import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const FILE = new URL('../../../shared/conformance/ofrep/openapi.yaml', import.meta.url);

export const hasOfrepSchema = existsSync(FILE);

interface Schema {
  oneOf?: unknown;
  anyOf?: unknown;
  enum?: string[];
  properties?: Record<string, Schema>;
}

/**
 * Two repairs: a value is always one of its types *and* matches the schema of "no value", so that no answer
 * with a value could ever match exactly one; and DEFAULT, which OpenFeature's scenarios ask for, is no reason there.
 */
function repaired(text: string): object {
  const document = parse(text) as { components: { schemas: Record<string, { allOf: [Schema, Schema] }> } };
  const [properties, values] = document.components.schemas['evaluationSuccess']!.allOf;
  values.anyOf = values.oneOf;
  delete values.oneOf;
  properties.properties!['reason']!.enum!.push('DEFAULT');
  return document;
}

/** @param schema of the file's components, e.g. `bulkEvaluationSuccess` @returns what is wrong with a body; empty if nothing is */
export function ofrepFaults(schema: string, body: unknown): string {
  ajv ??= (() => {
    // Formats are of event streams, which there are none of.
    const made = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
    made.addSchema(repaired(readFileSync(FILE, 'utf8')), 'ofrep');
    return made;
  })();
  const isValid = ajv.validate({ $ref: `ofrep#/components/schemas/${schema}` }, body);
  return isValid ? '' : ajv.errorsText();
}

let ajv: Ajv2020 | undefined;
