/**
 * The OpenAPI file of OFREP 0.3.0 as a judge of answers. Two things in it can't be meant, and are amended;
 * a test holds that they are still there, so that the amendments go when the file is corrected:
 *
 * - `evaluationSuccess` wants exactly one of six kinds of value, and the sixth (`codeDefaultFlag`: any
 *   object) holds for all of them: no answer with a value would be valid. Meant is: at least one.
 * - `reason` lacks DEFAULT, which the protocol's ADR-0006 has, its reference server flagd sends, OpenFeature's
 *   own scenarios demand over the wire, and every published client reads.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const FILE = new URL('../../../shared/conformance/ofrep/openapi.yaml', import.meta.url);
export const HAS_OPENAPI = existsSync(FILE);

interface Success {
  allOf: [{ properties: { reason: { enum: string[] } } }, { oneOf?: object[]; anyOf?: object[] }];
}

interface OpenApi {
  readonly components: {
    readonly schemas: Readonly<Record<string, object>> & { evaluationSuccess: Success };
  };
}

/** As it was published. */
export function openApi(): OpenApi {
  return parse(readFileSync(FILE, 'utf8')) as OpenApi;
}

export function amended(): OpenApi {
  const api = openApi();
  const [{ properties }, kinds] = api.components.schemas.evaluationSuccess.allOf;
  properties.reason.enum.push('DEFAULT');
  if (kinds.oneOf !== undefined) kinds.anyOf = kinds.oneOf;
  delete kinds.oneOf;
  return api;
}

/** @returns what is wrong with a body, by the schema of that name; empty if nothing is */
export type Judge = (schema: string, body: unknown) => string[];

export function judgeBy(api: OpenApi): Judge {
  // OpenAPI's own keywords ("example") are no schema's.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv, ['date-time', 'uri', 'float']);
  ajv.addSchema(api, 'ofrep');
  return (schema, body) => {
    const validate = ajv.getSchema(`ofrep#/components/schemas/${schema}`);
    if (validate === undefined) throw new Error(`the OpenAPI file has no schema ${schema}`);
    if (validate(body) === true) return [];
    return (validate.errors ?? []).map(error => `${error.instancePath || '/'} ${error.message ?? ''}`);
  };
}
