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

interface OpenApi {
  readonly components: { readonly schemas: Record<string, { allOf: [Schema, Schema] }> };
}

function published(): OpenApi {
  return parse(readFileSync(FILE, 'utf8')) as OpenApi;
}

/**
 * Two repairs: a value is always one of its types *and* matches the schema of "no value", so that no answer
 * with a value could ever match exactly one; and DEFAULT, which the protocol's ADR-0006 has, its reference
 * server sends and OpenFeature's scenarios ask for, is no reason there.
 */
function repaired(): OpenApi {
  const document = published();
  const [properties, values] = document.components.schemas['evaluationSuccess']!.allOf;
  values.anyOf = values.oneOf;
  delete values.oneOf;
  properties.properties!['reason']!.enum!.push('DEFAULT');
  return document;
}

/** @param schema of the file's components, e.g. `bulkEvaluationSuccess` @returns what is wrong with a body; empty if nothing is */
export function ofrepFaults(schema: string, body: unknown): string {
  repairedAjv ??= ajvOf(repaired());
  return faults(repairedAjv, schema, body);
}

/** The same by the file as it is. */
export function publishedFaults(schema: string, body: unknown): string {
  return faults(ajvOf(published()), schema, body);
}

function ajvOf(document: OpenApi): Ajv2020 {
  // Formats are of event streams, which there are none of.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(document, 'ofrep');
  return ajv;
}

function faults(ajv: Ajv2020, schema: string, body: unknown): string {
  const isValid = ajv.validate({ $ref: `ofrep#/components/schemas/${schema}` }, body);
  return isValid ? '' : ajv.errorsText();
}

let repairedAjv: Ajv2020 | undefined;
