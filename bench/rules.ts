/** Rules as people write them. None of them holds for a visitor of `asking.ts`, unless it says so. */

interface Wire {
  readonly if: unknown;
  readonly serve?: string;
  readonly weights?: Readonly<Record<string, number>>;
}

export const SEGMENTS = {
  staff: { 'header.x-team': 'web' },
  office: { any: [{ ip: { cidr: ['10.0.0.0/8', 'fd00::/8'] } }, { 'header.x-office': { exists: true } }] },
};

/** Ten of the usual mix; those of another block ask for other values of the same attributes. */
function block(number: number): Wire[] {
  return [
    { if: { device: 'bot' }, serve: 'stable' },
    { if: { segment: 'staff' }, serve: 'canary' },
    { if: { country: ['NZ', 'AU'] }, weights: { canary: 50 } },
    { if: { path: { startsWith: `/checkout-${number}/` } }, serve: 'stable' },
    { if: { language: ['mi', 'haw'] }, serve: 'canary' },
    { if: { ip: { cidr: [`198.51.100.${number}/32`, `2001:db8:ffff:${number}::/64`] } }, serve: 'canary' },
    { if: { device: 'tablet', country: 'GB' }, serve: 'stable' },
    { if: { country: 'FR', path: { startsWith: ['/beta', `/labs-${number}`] } }, weights: { canary: 20 } },
    { if: { segment: 'office' }, serve: 'canary' },
    { if: { language: `x-${number}`, path: '/' }, serve: 'canary' },
  ];
}

export function missing(count: number): Wire[] {
  return Array.from({ length: Math.ceil(count / 10) }, (_, number) => block(number))
    .flat()
    .slice(0, count);
}

/** As many, and the last one holds for everyone. */
export function lastHolds(count: number): Wire[] {
  return [
    ...missing(count - 1),
    { if: { path: { startsWith: '/products/' }, continent: ['EU', 'AS'] }, serve: 'canary' },
  ];
}

/** What a long user agent costs. */
export const OF_AGENTS: readonly Wire[] = [
  { if: { device: 'bot' }, serve: 'stable' },
  { if: { browser: 'epiphany' }, serve: 'canary' },
  { if: { 'header.user-agent': { matches: 'Nokia|BlackBerry|Symbian' } }, serve: 'stable' },
];

/** Backtracking takes these an age on {@link hostileTexts}; the second has nearly as many steps as a pattern may. */
export const HOSTILE_PATTERNS = ['^(a|aa|a?a)+$', '(.*[ab]){10}[xy]'];

/** Texts that none of these patterns is found in, each another, as long as the pattern looks at. */
export function hostileTexts(length: number): string[] {
  return Array.from({ length: 100 }, (_, text) =>
    Array.from({ length }, (_, i) => ((i * i + i * text * 7) % 11 < 6 ? 'a' : 'b')).join(''),
  );
}

/** What the throughput is measured with: three that no benchmark visitor matches, each read from elsewhere. */
export const THREE = {
  segments: { staff: SEGMENTS.staff },
  rules: [
    { name: 'bots', if: { device: 'bot' }, serve: 'stable' },
    { name: 'staff first', if: { segment: 'staff' }, serve: 'canary' },
    { name: 'checkout', if: { country: ['NZ', 'AU'], path: { startsWith: '/checkout' } }, serve: 'stable' },
  ],
};
