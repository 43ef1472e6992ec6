import { Kind, tokenize, type Tokens } from './tokens.ts';

/**
 * Rewrites one top-level item into C that a plain grammar reads, at equal length, so that every offset stays: attributes
 * are blanked, macro loops get a keyword, type arguments become names. What is blanked can still be read in the source.
 */
export interface Rewritten {
  readonly text: string;
  /** Another reading of the same item, where `#if … #else` cuts through a statement: with the other branches. */
  readonly alternative?: string;
}

const attributes = new Set(
  (
    '__init __exit __initdata __initconst __exitdata __meminit __meminitdata __memexit __cpuinit __devinit __ref __refdata __net_init __net_exit __user __iomem __rcu __percpu ' +
    '__kernel __force __bitwise __nocast __safe __private __must_check __maybe_unused __always_unused __used __unused __cold __hot __pure __attribute_const__ __packed ' +
    '__aligned __section __attribute__ __attribute __printf __scanf __must_hold __acquires __releases __cond_acquires __acquire __release __always_inline noinline noinline_for_stack ' +
    '__no_kasan_or_inline __no_sanitize_or_inline __no_kcsan __no_sanitize_address __no_sanitize_memory __no_kmsan_checks __no_sanitize __no_sanitize_thread __no_sanitize_undefined notrace noinstr asmlinkage __visible __weak __noreturn __sched __lockfunc ' +
    '__kprobes nokprobe_inline __read_mostly __ro_after_init __latent_entropy __randomize_layout __no_randomize_layout __designated_init __deprecated __malloc ' +
    '__alloc_size __counted_by __counted_by_le __free __cleanup __noclone __noscs __nocfi __flatten __gnu_inline __inline_maybe_unused __extension__ __cacheline_aligned __cacheline_aligned_in_smp ' +
    '____cacheline_aligned ____cacheline_aligned_in_smp ____cacheline_internodealigned_in_smp __page_aligned_data __page_aligned_bss __vdso_hidden __overloadable ' +
    '__nonstring __realloc_size __asan_nop __naked __optimize __no_stack_protector __signed __cpuidle __irq_entry __exception_irq_entry __softirq_entry __cpu_idle fastcall asmregparm ' +
    '__entry_text __head __init_or_module __initdata_or_module __cfi_generic __function_aligned __no_profile __assume_aligned __alias __error __init_memblock __initdata_memblock __no_context_analysis ' +
    '__always_used __tracepoint_string __data_racy __guarded_by __pt_guarded_by __assume_ctx_lock __noendbr __no_caller_saved_registers __bpf_kfunc __bpf_hook_start __rust_helper'
  ).split(' '),
);
const keywords = new Set(
  'if while for switch return sizeof do else case default goto break continue typeof __typeof__ __typeof asm __asm__ alignof _Alignof __alignof__ offsetof struct union enum static const volatile inline extern register _Static_assert static_assert __builtin_offsetof'.split(
    ' ',
  ),
);
const typeWords = new Set('unsigned signed int long char short void float double const volatile _Bool bool struct union enum'.split(' '));

export function rewrite(source: string): Rewritten {
  if (!source.includes('#')) return { text: new Rewriter(source).run(false) };
  const first = new Rewriter(source);
  const text = first.run(false);
  if (!first.cutThrough) return { text };
  const other = new Rewriter(source);
  return { text, alternative: other.run(true) };
}

class Rewriter {
  private readonly tokens: Tokens;
  private readonly edits: Edit[] = [];
  private readonly partner: Int32Array;
  private terminated = -1;
  cutThrough = false;

  constructor(private readonly source: string) {
    this.tokens = tokenize(source);
    this.partner = this.pair();
  }

  run(otherBranches: boolean): string {
    this.conditions(otherBranches);
    const { count, kind } = this.tokens;
    const bodyAt = this.header();
    for (let i = 0; i < count; i++) {
      if (kind[i] !== Kind.Word) {
        if (kind[i] === Kind.Punctuation && this.word(i) === '...' && this.caseRange(i)) this.blank(i, i + 2);
        continue;
      }
      i = this.rewriteWord(i, bodyAt);
    }
    return this.apply();
  }

  private word(i: number): string {
    return i >= 0 && i < this.tokens.count ? this.source.slice(this.tokens.start[i], this.tokens.end[i]) : '';
  }

  private isWord(i: number): boolean {
    return this.tokens.kind[i] === Kind.Word;
  }

  private rewriteWord(i: number, bodyAt: number): number {
    const name = this.word(i);
    const next = this.word(i + 1);
    if (attributes.has(name) && !/^(\.|->)$/.test(this.word(i - 1))) {
      const close = next === '(' && /^__(aligned|section|attribute|attribute__|printf|scanf|must_hold|acquires|releases|cond_acquires|acquire|release|alloc_size|counted_by|counted_by_le|free|cleanup|no_sanitize|optimize|realloc_size|malloc|deprecated|assume_aligned|alias|error|guarded_by|pt_guarded_by)$/.test(name) ? this.partner[i + 1]! : -1;
      // __release(x) as a statement is sparse's; blanking leaves an empty statement.
      const last = close > 0 ? close + 1 : i + 1;
      if (name === '__always_inline' && bodyAt < 0) this.put(i, 'inline');
      else this.blank(i, last);
      return last - 1;
    }
    if ((name === 'asm' || name === '__asm__' || name === '__asm' || name === 'asm_volatile_goto' || name === 'asm_inline') && i > bodyAt) return this.assembly(i);
    if ((name === 'typeof' || name === '__typeof__' || name === '__typeof' || name === 'typeof_member' || name === 'typeof_unqual') && next === '(') {
      const close = this.partner[i + 1]!;
      if (close > 0) {
        this.blank(i + 1, close + 1);
        return close;
      }
    }
    // `int x __some_section;`: a reserved word between a name and the end of a declaration is an attribute.
    if (bodyAt < 0 && /^_{2,4}[a-z]/.test(name) && /^[=;]$/.test(next) && this.isWord(i - 1) && i > 1) {
      this.blank(i, i + 1);
      return i;
    }
    if (next === '(' && (name === 'offsetof' || name === '__alignof__' || name === '_Alignof')) this.put(i, name.slice(0, -1) + '$');
    else if (next !== '(' || keywords.has(name)) return i;
    const close = this.partner[i + 1]!;
    if (close < 0) return i;
    if (i > bodyAt && bodyAt >= 0 && this.isAssemblyLike(i + 1, close)) {
      this.blank(i + 2, close);
      return close;
    }
    const before = this.word(i - 1);
    const after = this.word(close + 1);
    if (/^(DEFINE|DECLARE)_[A-Z_]+$/.test(name) && i > bodyAt && bodyAt >= 0 && (before === 'static' || after === '=')) {
      // A local object that a macro defines: the statement is left out, up to its end.
      let end = close + 1;
      while (end < this.tokens.count && this.word(end) !== ';') end++;
      this.blank(before === 'static' ? i - 1 : i, end);
      return end;
    }
    this.typeArguments(i + 1, close);
    if (i < bodyAt) return i;
    const opensStatement = /^[{};:]$|^\)$|^else$|^do$/.test(before) || before.startsWith('#');
    if (opensStatement && bodyAt >= 0 && i > bodyAt) {
      if (after === '{' || (/(^|_)for_each(_|$)|^scoped_(cond_)?guard$|_for_each|^for_each/.test(name) && this.startsStatement(close + 1))) {
        this.put(i, name.length >= 5 ? 'while' : 'if');
        return i;
      }
      if ((before !== ')' || this.terminated === i - 1) && this.startsStatement(close + 1) && after !== ';' && this.onNextLine(close)) this.terminate(close);
    }
    if (bodyAt < 0 && i > 0 && opensStatement && after === ';' && /^[A-Z_0-9]+$/.test(name)) this.fieldMacro(i, close);
    return i;
  }

  /** A statement macro without `;` gets one in the white space that follows it. */
  private terminate(close: number): void {
    this.terminated = close;
    const at = this.tokens.end[close]!;
    if (/\s/.test(this.source[at] ?? '')) this.edits.push({ start: at, end: at + 1, text: ';' });
  }

  private onNextLine(close: number): boolean {
    return this.source.slice(this.tokens.end[close], this.tokens.start[close + 1] ?? this.source.length).includes('\n');
  }

  private startsStatement(i: number): boolean {
    if (i >= this.tokens.count) return false;
    const text = this.word(i);
    return this.isWord(i) || text === '{' || text === '}' || text === '*' || text === '(' || text === '++' || text === '--' || text === ';';
  }

  /** DECLARE_BITMAP(name, n); in a struct becomes `int name ;`. */
  private fieldMacro(i: number, close: number): void {
    const first = i + 2;
    if (!this.isWord(first)) {
      this.blank(i, close + 1);
      return;
    }
    let name = first;
    if (this.word(first + 1) !== ',' && this.word(first + 1) !== ')') {
      while (name + 1 < close && this.word(name + 1) !== ')') name++;
    }
    this.blank(i, name);
    this.put(i, 'int');
    this.blank(name + 1, close + 1);
  }

  private assembly(i: number): number {
    let open = i + 1;
    while (open < this.tokens.count && this.word(open) !== '(' && open < i + 5) open++;
    const close = this.word(open) === '(' ? this.partner[open]! : -1;
    if (close < 0) return i;
    if (!/^[;=,]$/.test(this.word(close + 1))) return i;
    this.blank(i, close + 1);
    return close;
  }

  /** Operands of inline assembly behind a macro: `: "m"(x)` or an empty argument. */
  private isAssemblyLike(open: number, close: number): boolean {
    let questions = 0;
    for (let i = open + 1; i < close; i++) {
      const text = this.word(i);
      if (text === '(' || text === '{' || text === '[') i = Math.max(i, this.partner[i]!);
      else if (text === '?') questions++;
      else if (text === ':' && questions-- === 0) return true;
      else if (text === ',' && /^[,:]$/.test(this.word(i + 1))) return true;
    }
    return false;
  }

  /** `f(struct x *, min)`: inside a call's parentheses a type becomes a name. */
  private typeArguments(open: number, close: number): void {
    let first = open + 1;
    for (let i = first; i <= close; i++) {
      const text = this.word(i);
      if (text === '(' || text === '{' || text === '[') {
        if (this.partner[i]! > i) i = this.partner[i]!;
        continue;
      }
      if (text !== ',' && i !== close) continue;
      this.typeArgument(first, i);
      first = i + 1;
    }
  }

  private typeArgument(first: number, end: number): void {
    if (first >= end || !this.isWord(first)) return;
    let words = 0;
    let types = 0;
    let stars = 0;
    for (let i = first; i < end; i++) {
      const text = this.word(i);
      if (text === '*' && i > first) stars++;
      else if (this.isWord(i) && stars === 0) {
        words++;
        if (typeWords.has(text) || attributes.has(text)) types++;
      } else return;
    }
    const pointer = stars > 0 && this.word(end - 1) === '*';
    if (types === 0 && !pointer) return;
    if (stars > 0 && !pointer) return;
    if (words === 1 && stars === 0 && this.word(first) === 'void') return;
    if (words - types > 1) return;
    let name = -1;
    for (let i = first; i < end; i++) if (this.isWord(i) && !typeWords.has(this.word(i)) && !attributes.has(this.word(i))) name = i;
    // Parameters with a name (`struct x y`) are declarations: `int y` has one type word and one name, and no `*` at its end.
    if (name === end - 1 && name > first && !/^(struct|union|enum)$/.test(this.word(name - 1))) return;
    for (let i = first; i < end; i++) if (i !== name) this.blank(i, i + 1);
    if (name < 0) this.put(first, '_'.repeat(Math.min(this.word(first).length, 3)));
  }

  /** What stands between `)` and the body is attributes; SYSCALL_DEFINE gets a header that C knows. Returns the body's token or -1. */
  private header(): number {
    let depth = 0;
    let lastClose = -1;
    let firstOpen = -1;
    for (let i = 0; i < this.tokens.count; i++) {
      const text = this.word(i);
      if (text === '(') {
        if (depth++ === 0 && firstOpen < 0) firstOpen = i;
      } else if (text === ')') {
        if (--depth === 0) lastClose = i;
      } else if (depth === 0 && (text === '=' || text === ';')) {
        if (text === '=' && firstOpen > 0 && /^DEFINE_/.test(this.word(firstOpen - 1))) this.definition(firstOpen);
        return -1;
      }
      else if (depth === 0 && text === '{') {
        if (lastClose < 0) return -1;
        if (/^(struct|union|enum)$/.test(this.word(0)) && firstOpen > 0 && attributes.has(this.word(firstOpen - 1))) return -1;
        if (this.word(0) === 'typedef') return -1;
        this.macroHeader(firstOpen, i);
        this.headerWords(firstOpen);
        return i;
      }
    }
    return -1;
  }

  /** `DEFINE_PER_CPU(struct s, name) = …` becomes `struct s name = …`. */
  private definition(open: number): void {
    const close = this.partner[open]!;
    if (close < 0) return;
    this.blank(open - 1, open + 1);
    for (let i = open + 1; i < close; i++) if (this.word(i) === ',') this.blank(i, i + 1);
    this.blank(close, close + 1);
  }

  /** Words in front of a function's type that are no part of it are attributes this table does not know. */
  private headerWords(open: number): void {
    const others: number[] = [];
    let typed = false;
    for (let i = 0; i < open - 1; i++) {
      const text = this.word(i);
      if (/^(struct|union|enum)$/.test(text)) {
        typed = true;
        i++;
      } else if (typeWords.has(text) && text !== 'const') typed = true;
      else if (this.isWord(i) && !attributes.has(text) && !/^(static|inline|extern|const)$/.test(text)) others.push(i);
    }
    if (!typed) others.pop();
    for (const i of others) this.blank(i, i + 1);
  }

  private macroHeader(open: number, body: number): void {
    const name = this.word(open - 1);
    const syscall = /SYSCALL_DEFINE\d$/.test(name);
    const first = this.word(0) === 'static' ? 1 : 0;
    if (!syscall && open - 1 !== first) return;
    const close = this.partner[open]!;
    if (close < 0) return;
    if (!syscall) {
      this.blank(first, body);
      if (this.tokens.end[close]! - this.tokens.start[first]! >= 8) this.putAt(this.tokens.start[first]!, 'void f()');
      return;
    }
    this.blank(0, open + 1);
    this.putAt(this.tokens.start[0]!, 'long');
    const comma = open + 2;
    if (this.word(comma) !== ',') {
      this.putAt(this.tokens.end[open + 1]!, '()');
      return;
    }
    this.put(comma, '(');
    let odd = true;
    for (let i = comma + 1; i < close; i++) {
      if (this.word(i) !== ',') continue;
      if (odd) this.blank(i, i + 1);
      odd = !odd;
    }
  }

  private caseRange(i: number): boolean {
    for (let j = i - 1; j >= 0 && j > i - 8; j--) {
      const text = this.word(j);
      if (text === 'case') return true;
      if (text === ';' || text === '{' || text === '}' || text === ':' || text === '[') return text === '[' && this.word(i + 2) === ']';
    }
    return false;
  }

  /**
   * `#if` groups whose branches are whole statements (or members) stay: the grammar reads them. Where a branch cuts through
   * a statement one branch is read at a time; where it is the only one, its directives are blanked.
   */
  private conditions(otherBranches: boolean): void {
    const open: { at: number; branches: number[] }[] = [];
    const { count, kind } = this.tokens;
    for (let i = 0; i < count; i++) {
      if (kind[i] !== Kind.Directive) continue;
      const name = /^#\s*(\w+)/.exec(this.word(i))?.[1];
      if (name === 'if' || name === 'ifdef' || name === 'ifndef') open.push({ at: i, branches: [] });
      else if (name === 'else' || name === 'elif') open[open.length - 1]?.branches.push(i);
      else if (name === 'endif') {
        const group = open.pop();
        if (group) this.group([group.at, ...group.branches, i], otherBranches);
      } else this.blank(i, i + 1);
    }
  }

  private group(marks: readonly number[], otherBranches: boolean): void {
    let whole = true;
    for (let b = 0; b + 1 < marks.length; b++) whole &&= this.isWhole(marks[b]!, marks[b + 1]!);
    const zero = /^#\s*if\s+0\b/.test(this.word(marks[0]!));
    if (whole && !zero) return;
    let keep = otherBranches ? marks.length - 2 : 0;
    if (zero) keep = marks.length > 2 ? 1 : -1;
    else if (marks.length > 2) this.cutThrough = true;
    for (let b = 0; b + 1 < marks.length; b++) {
      this.blank(marks[b]!, marks[b]! + 1);
      if (b !== keep) this.blank(marks[b]! + 1, marks[b + 1]!);
    }
    this.blank(marks[marks.length - 1]!, marks[marks.length - 1]! + 1);
  }

  private isWhole(from: number, to: number): boolean {
    const before = this.beforeDirective(from);
    if (before !== '' && !/^[;{}:]$/.test(before)) return false;
    if (before === ':') this.closeLabel(from - 1);
    // A label needs a statement after it, and `else` the branch before it.
    if (before === '' || from + 1 === to) return before !== '';
    if (this.word(from + 1) === 'else') return false;
    let last = to - 1;
    while (last > from && this.tokens.kind[last] === Kind.Directive) last--;
    if (last === from) return true;
    const end = this.word(last);
    if (end !== ';' && end !== '}') return false;
    let depth = 0;
    for (let i = from + 1; i < to; i++) {
      const text = this.word(i);
      if (text === '{' || text === '(' || text === '[') depth++;
      else if (text === '}' || text === ')' || text === ']') depth--;
      if (depth < 0) return false;
    }
    return depth === 0 && this.word(to + 1) !== 'else' && !(before === ')' );
  }

  /** The grammar wants a statement after a label, which a directive is not. */
  private closeLabel(colon: number): void {
    if (this.isWord(colon - 1) && /^[;{}]$/.test(this.word(colon - 2))) this.edits.push({ start: this.tokens.end[colon]!, end: this.tokens.end[colon]! + 1, text: ';' });
  }

  private beforeDirective(i: number): string {
    let j = i - 1;
    while (j >= 0 && this.tokens.kind[j] === Kind.Directive) j--;
    return j < 0 ? '' : this.word(j);
  }

  private pair(): Int32Array {
    const partner = new Int32Array(this.tokens.count).fill(-1);
    const open: number[] = [];
    for (let i = 0; i < this.tokens.count; i++) {
      if (this.tokens.kind[i] !== Kind.Punctuation) continue;
      const text = this.word(i);
      if (text === '(' || text === '[' || text === '{') open.push(i);
      else if (text === ')' || text === ']' || text === '}') {
        const wanted = text === ')' ? '(' : text === ']' ? '[' : '{';
        while (open.length > 0 && this.word(open[open.length - 1]!) !== wanted && wanted !== '(') open.pop();
        const from = open[open.length - 1];
        if (from === undefined || this.word(from) !== wanted) continue;
        open.pop();
        partner[from] = i;
        partner[i] = from;
      }
    }
    return partner;
  }

  private blank(first: number, end: number): void {
    for (let i = first; i < end && i < this.tokens.count; i++) this.edits.push({ start: this.tokens.start[i]!, end: this.tokens.end[i]!, text: '' });
  }

  private put(i: number, text: string): void {
    this.edits.push({ start: this.tokens.start[i]!, end: this.tokens.end[i]!, text });
  }

  private putAt(start: number, text: string): void {
    this.edits.push({ start, end: start + text.length, text });
  }

  /** Blanks first, then what is put in their place; of two at one offset the later wins. */
  private apply(): string {
    const blanked = splice(this.source, this.edits.filter((edit) => edit.text === ''));
    return splice(blanked, this.edits.filter((edit) => edit.text !== ''));
  }
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits at equal length, each padded with spaces to what it replaces. */
function splice(source: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return source;
  const order = edits.map((edit, i) => ({ ...edit, i })).sort((a, b) => a.start - b.start || b.i - a.i);
  const out: string[] = [];
  let at = 0;
  for (const edit of order) {
    if (edit.start < at) continue;
    out.push(source.slice(at, edit.start), edit.text, ' '.repeat(edit.end - edit.start - edit.text.length));
    at = edit.end;
  }
  out.push(source.slice(at));
  return out.join('');
}
