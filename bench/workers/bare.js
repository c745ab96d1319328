/** What everything is compared with: the least that a proxy on this runtime can do. */
export default {
  fetch(request, env) {
    const target = env.STABLE_ORIGIN + request.url.slice(request.url.indexOf('/', 8));
    return fetch(new Request(target, request));
  },
};
