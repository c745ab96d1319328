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
