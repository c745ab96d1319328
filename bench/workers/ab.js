/** The A/B script that people write by hand: one cookie that holds the variant, nothing else. */
export default {
  async fetch(request, env) {
    const cookie = request.headers.get('cookie') ?? '';
    const known = /(?:^|;\s*)variant=([ab])/.exec(cookie)?.[1];
    const variant = known ?? (Math.random() < 0.1 ? 'b' : 'a');

    const origin = variant === 'b' ? env.CANARY_ORIGIN : env.STABLE_ORIGIN;
    const target = origin + request.url.slice(request.url.indexOf('/', 8));
    const response = await fetch(new Request(target, request));
    if (known !== undefined) return response;

    const result = new Response(response.body, response);
    result.headers.append(
      'set-cookie',
      `variant=${variant}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax`,
    );
    return result;
  },
};
