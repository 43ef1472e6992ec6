/** Names given at the most. */
const nameLimit = 3;

/** Names much like one that does not exist, the closest first. */
export function similarNames(name: string, names: Iterable<string>): readonly string[] {
  const limit = Math.max(2, Math.floor(name.length / 4));
  const found: { other: string; distance: number }[] = [];
  for (const other of new Set(names)) {
    const distance = other.includes(name) ? 1 : editDistance(name, other, limit);
    if (distance <= limit) found.push({ other, distance });
  }
  const away = (other: string): number => Math.abs(other.length - name.length);
  found.sort((a, b) => a.distance - b.distance || away(a.other) - away(b.other) || (a.other < b.other ? -1 : 1));
  return found.slice(0, nameLimit).map(({ other }) => other);
}

/** Levenshtein distance; something above the limit where it is more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    if (Math.min(...next) > limit) return limit + 1;
    row = next;
  }
  return row[b.length]!;
}
