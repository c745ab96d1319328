/** The page's style: one strong colour per variant, so that a glance tells them apart. */
const TEAL = '#0f766e';
const AMBER = '#b45309'; // dark enough for white text (contrast 5.0:1)

export function pageStyle(variant: string): string {
  return `
:root { color-scheme: light dark; --brand: ${variant === 'canary' ? AMBER : TEAL}; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
header { background: var(--brand); color: #fff; padding: 2rem 1rem; text-align: center; }
h1 { margin: 0; font-size: clamp(2.5rem, 16vw, 6rem); line-height: 1.1; overflow-wrap: anywhere; }
header p { margin: .5rem 0 0; }
main { max-width: 44rem; margin: 0 auto; padding: 0 1rem 2rem; }
h2 { font-size: 1.2rem; margin: 1.5rem 0 .5rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .3rem .5rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #8886; overflow-wrap: anywhere; }
th[scope=row] { white-space: nowrap; font-weight: 500; }
ul { padding-left: 1.2rem; }
a { color: inherit; overflow-wrap: anywhere; }
button { font: inherit; padding: .5rem .8rem; margin: 0 .5rem .5rem 0; border: 1px solid var(--brand); border-radius: .4rem; background: transparent; color: inherit; cursor: pointer; }
:focus-visible { outline: 3px solid var(--brand); outline-offset: 2px; }
output { overflow-wrap: anywhere; }
`;
}
