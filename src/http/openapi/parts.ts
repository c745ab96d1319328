/** What the description of every surface is put together from. */

export const json = (description: string, schema: object) => ({
  description,
  content: { 'application/json': { schema } },
});
export const refused = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
export const object = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
});
export const text = { type: 'string' } as const;
export const number = { type: 'number' } as const;
export const integer = { type: 'integer' } as const;
export const boolean = { type: 'boolean' } as const;
export const nullable = (type: string) => ({ type: [type, 'null'] });

export const ACCESS = {
  401: refused('No valid token'),
  403: refused('The token may not do this'),
  404: refused('No such thing, or its token is not set'),
};

export const viewer = [{ viewer: [] }];
export const admin = [{ admin: [] }];
export const operator = [{ operator: [] }];
export const flagEditor = [{ flags: [] }];
export const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
export const orNull = (schema: object) => ({ anyOf: [schema, { type: 'null' }] });
export const list = (items: object) => ({ type: 'array', items });

export const NAME = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'host in lower case, or "default"',
  schema: { type: 'string', pattern: '^[a-z0-9.-]{1,253}$' },
};
export const UNREACHABLE = refused('The hub or the controller gives no answer, so nobody can say');
