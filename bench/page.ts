/** The page that the origin serves: 512 bytes, one a character. */
export const BODY = '<!doctype html><title>Weir</title><p>'.padEnd(511, 'All water finds its way. ') + '\n';
