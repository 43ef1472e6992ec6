import { ANY, NEGATIVE, POSITIVE, ZERO, type Condition } from '../../ir/program.ts';

/**
 * Facts a preprocessor condition gives when it holds: one for each `&&` part that is a name or a negated name; any other
 * part is one opaque fact under its own text. Include guards, what only the assembler sees, symbols that are always set and names
 * that are zero where the condition stands give none; undefined where the condition can never hold.
 */
export function configurationFacts(
  conditions: readonly string[],
  selected: ReadonlySet<string>,
  isZero: (name: string) => boolean,
): readonly Condition[] | undefined {
  const facts: Condition[] = [];
  for (const condition of conditions) {
    const parts = splitConjunction(condition);
    // The other side of the whole is one fact too: `#elif` and `#else` of it stand under that.
    if (parts.length > 1 && isBare(condition)) facts.push({ key: condition, values: POSITIVE | NEGATIVE });
    for (const part of parts) {
      const negated = part.startsWith('!');
      const name = (negated ? part.slice(1) : part).replace(/^\((.*)\)$/, '$1').trim();
      if (name === '0' && !negated) return undefined;
      if (selected.has(name)) {
        if (negated) return undefined;
        continue;
      }
      if (isZero(name)) {
        if (!negated) return undefined;
        continue;
      }
      if (name === '' || /_H_*$|^__(KERNEL|ASSEMBLY|ASSEMBLER|CHECKER|GENKSYMS)__$|^\d+$/.test(name)) continue;
      facts.push({ key: name, values: negated ? ZERO : POSITIVE | NEGATIVE });
    }
  }
  return facts;
}

/** Whether it is of names alone. */
function isBare(condition: string): boolean {
  return /^!?\w+(?: && !?\w+)*$/.test(condition);
}

function splitConjunction(condition: string): readonly string[] {
  if (condition.includes('||')) return [condition];
  if (/^!\(.*&&.*\)$/.test(condition)) return [condition];
  return condition.split('&&').map((part) => part.trim());
}

/** What `left OP right` says of its left side when true, if the right side is zero or NULL. */
export function comparedWithZero(operator: string): number {
  switch (operator) {
    case '==':
      return ZERO;
    case '!=':
      return POSITIVE | NEGATIVE;
    case '<':
      return NEGATIVE;
    case '>=':
      return ZERO | POSITIVE;
    case '>':
      return POSITIVE;
    case '<=':
      return ZERO | NEGATIVE;
    default:
      return ANY;
  }
}
