/** `GET /__weir/api/me`: who a token is. */
import { Hono } from 'hono';
import { guard, type Guarded } from '../guard.ts';

export const me = new Hono<Guarded>();

me.get('/', guard('viewer'), context => {
  const { name, role } = context.var.principal;
  return Response.json({ name, role });
});
