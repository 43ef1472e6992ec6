/** A call of the locking API as it stands in the text. */
export interface LockCall {
  readonly line: number;
  readonly name: string;
}

const spin = '(?:raw_)?spin_(?:(?:try)?lock|unlock)(?:_bh|_irq|_irqsave|_irqrestore)?(?:_nested)?';
const names = [
  'mutex_(?:lock|trylock|unlock)(?:_interruptible|_killable|_io)?(?:_nested)?',
  'mutex_lock_nest_lock',
  spin,
  'spin_lock_nest_lock',
  '(?:read|write)_(?:(?:try)?lock|unlock)(?:_bh|_irq|_irqsave|_irqrestore)?',
  '(?:down|up)_(?:read|write)(?:_nested|_killable|_interruptible|_trylock|_killable_nested)?',
  'percpu_(?:down|up)_(?:read|write)(?:_trylock)?',
  'rcu_read_(?:un)?lock(?:_bh|_sched)?',
  'srcu_read_(?:un)?lock',
  'synchronize_(?:rcu|srcu)(?:_expedited)?',
  '(?:write|read)_sequ?n?(?:un)?lock(?:_excl)?(?:_bh|_irq|_irqsave|_irqrestore)?',
  'local_(?:un)?lock(?:_irq|_irqsave|_irqrestore)?',
  'bit_spin_(?:(?:try)?lock|unlock)',
  'cpus_(?:read|write)_(?:(?:try)?lock|unlock)',
  'rt_mutex_(?:(?:try)?lock|unlock)',
  'guard|scoped_guard',
];
/** Not a member's name, not part of a longer one. */
const call = new RegExp(`(?<![\\w.]|->\\s?)(?:${names.join('|')})(?=\\s*\\()`, 'g');
/** The read side of a seqlock takes nothing. */
const none = /^(read_seqlock|read_sequnlock)/;

/** Lock calls in function bodies of a C file, outside comments, strings, macros' definitions and `#if 0`. */
export function lockCalls(source: string): readonly LockCall[] {
  const text = withoutDirectives(withoutComments(source));
  const calls: LockCall[] = [];
  let depth = 0;
  for (const [i, line] of text.split('\n').entries()) {
    const depthBefore = line.startsWith('}') || line.startsWith('{') ? 0 : depth;
    depth = depthBefore;
    for (const found of line.matchAll(call)) {
      const opened = [...line.slice(0, found.index)].reduce((sum, c) => sum + (c === '{' ? 1 : c === '}' ? -1 : 0), depthBefore);
      if (opened > 0 && !none.test(found[0])) calls.push({ line: i + 1, name: found[0] });
    }
    for (const c of line) depth += c === '{' ? 1 : c === '}' ? -1 : 0;
    if (depth < 0 || line.startsWith('}')) depth = 0;
  }
  return calls;
}

/** Comments, strings and characters as spaces; ends of lines stay. */
function withoutComments(source: string): string {
  return source.replace(/\/\*[^]*?(?:\*\/|$)|\/\/.*|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\.)*'/g, (found) => found.replace(/[^\n]/g, ' '));
}

/** Directives with their continued lines, and what stands under `#if 0`, as empty lines. */
function withoutDirectives(text: string): string {
  let never = 0;
  let inDirective = false;
  return text
    .split('\n')
    .map((line) => {
      const kind = /^\s*#\s*(\w*)/.exec(line)?.[1];
      const continues = line.endsWith('\\');
      if (inDirective) {
        inDirective = continues;
        return '';
      }
      if (kind !== undefined) {
        inDirective = continues;
        if (never > 0) never += kind.startsWith('if') ? 1 : kind === 'endif' || (never === 1 && /^el/.test(kind)) ? -1 : 0;
        else if (/^\s*#\s*if\s+0\s*$/.test(line)) never = 1;
        return '';
      }
      return never > 0 ? '' : line;
    })
    .join('\n');
}
