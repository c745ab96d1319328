/** A minimal proxy on Hono that only sets a cookie. Plain `fetch`: Hono's own proxy helper costs more. */
import { Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

const app = new Hono();

app.all('*', async context => {
  const request = context.req.raw;
  const known = getCookie(context, 'visitor');
  const target = context.env.STABLE_ORIGIN + request.url.slice(request.url.indexOf('/', 8));
  context.res = await fetch(new Request(target, request));
  if (known === undefined) {
    const options = { maxAge: 2_592_000, httpOnly: true, sameSite: 'Lax' };
    setCookie(context, 'visitor', crypto.randomUUID(), options);
  }
  return context.res;
});

export default app;
