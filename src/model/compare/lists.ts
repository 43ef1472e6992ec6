/** Those of the first that are not among the second. */
export function without(these: readonly string[], those: readonly string[]): readonly string[] {
  return these.filter((each) => !those.includes(each));
}

/** Named of a list. */
const mostNamed = 3;

/** The first of them, and how many more there are. */
export function some(names: readonly string[]): string {
  if (names.length <= mostNamed) return names.join(', ');
  return `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`;
}
