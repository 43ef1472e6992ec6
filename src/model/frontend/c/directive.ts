/** One level of `#if … #elif … #else … #endif`. */
interface Level {
  /** Opposites of the branches before, then the present one's condition. */
  readonly before: string[];
  current: string;
}

/** Deeper levels, and branches beyond these, no kernel file has: their conditions are not noted. */
const deepest = 64;
const mostBranches = 16;

/** Preprocessor conditions that hold where a scan has come to. */
export class ConditionStack {
  private readonly levels: Level[] = [];
  private depth = 0;
  private listed: readonly string[] | undefined;

  /** Outermost first. The list does not change any more: items share it. */
  get list(): readonly string[] {
    return (this.listed ??= this.levels.flatMap(({ before, current }) => [...before, current]));
  }

  open(condition: string): void {
    this.depth++;
    this.listed = undefined;
    if (this.depth <= deepest) this.levels.push({ before: [], current: condition });
  }

  /** `#elif condition`, or `#else`. */
  next(condition: string | undefined): void {
    const level = this.depth <= deepest ? this.levels[this.levels.length - 1] : undefined;
    if (!level) return;
    this.listed = undefined;
    if (condition === undefined) level.current = negate(level.current);
    else {
      if (level.before.length < mostBranches) level.before.push(negate(level.current));
      level.current = condition;
    }
  }

  close(): void {
    if (this.depth === 0) return;
    this.listed = undefined;
    if (this.depth-- <= deepest) this.levels.pop();
  }
}

/** Name of a directive, and where what follows the name begins. */
export function directiveName(text: string, from: number): { name: string; after: number } {
  name.lastIndex = from;
  const match = name.exec(text);
  return { name: match?.[1] ?? '', after: match ? name.lastIndex : from + 1 };
}

const name = /#[ \t]*([a-z]+)/y;

/** A condition in the notation of all conditions: on one line, no comments, `defined` and `IS_ENABLED` left out. */
export function directiveText(raw: string): string {
  return withoutComments(raw)
    .replace(/\\\r?\n/g, ' ')
    .replace(/\bdefined\s*\(\s*(\w+)\s*\)|\bdefined\s+(\w+)/g, (_m, a?: string, b?: string) => a ?? b ?? '')
    .replace(/\bIS_(?:ENABLED|BUILTIN|REACHABLE)\s*\(\s*(\w+)\s*\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The opposite of a condition, in the same notation; twice gives the condition back. */
export function negate(condition: string): string {
  if (condition.startsWith('!(') && closingParenthesis(condition, 1) === condition.length - 1) return condition.slice(2, -1);
  if (/^!\w+$/.test(condition)) return condition.slice(1);
  return /^\w+$/.test(condition) ? `!${condition}` : `!(${condition})`;
}

function closingParenthesis(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

/** A comment that is not closed goes to the end. */
function withoutComments(raw: string): string {
  const out: string[] = [];
  let at = 0;
  for (let open = raw.indexOf('/'); open >= 0; open = raw.indexOf('/', Math.max(at, open + 1))) {
    const kind = raw[open + 1];
    if (kind !== '*' && kind !== '/') continue;
    out.push(raw.slice(at, open), ' ');
    const close = kind === '*' ? raw.indexOf('*/', open + 2) + 2 : raw.indexOf('\n', open);
    at = close < 2 ? raw.length : close;
  }
  out.push(raw.slice(at));
  return out.join('');
}
