/**
 * About how many steps a pattern will have, read off its text: repetitions multiply, and building a
 * program only to find it too large would cost more than all matches.
 */
export function stepsOf(pattern: string): number {
  /** Steps of the open groups, the innermost last. */
  const groups = [0];
  let atom = 0;
  const take = (steps: number): void => {
    groups[groups.length - 1]! += atom;
    atom = steps;
  };
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i);
    if (character === '\\') {
      i++;
      take(1);
    } else if (character === '[') {
      i = endOfClass(pattern, i);
      take(1);
    } else if (character === '(') {
      take(0);
      groups.push(0);
    } else if (character === ')' && groups.length > 1) {
      take(0);
      atom = (groups.pop() ?? 0) + 2;
    } else if (character === '{') {
      const [counts, low, high] = /^\{(\d+)(?:,(\d*))?\}/.exec(pattern.slice(i, i + 16)) ?? [];
      if (counts === undefined) take(1);
      else {
        // Never to zero: `(…){0}` is still compiled before it is dropped.
        atom *= Math.max(Number(low), Number(high === undefined || high === '' ? low : high), 1);
        i += counts.length - 1;
      }
    } else take(1);
  }
  while (groups.length > 1) groups[groups.length - 2]! += groups.pop() ?? 0;
  return (groups[0] ?? 0) + atom;
}

function endOfClass(pattern: string, start: number): number {
  let end = start + 1;
  if (pattern.charAt(end) === '^') end++;
  if (pattern.charAt(end) === ']') end++;
  while (end < pattern.length && pattern.charAt(end) !== ']') end += pattern.charAt(end) === '\\' ? 2 : 1;
  return end;
}
