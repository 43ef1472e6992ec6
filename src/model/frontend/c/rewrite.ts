import { attributes, attributesWithArguments } from './attributes.ts';
import { settleBranches, type Reading } from './branches.ts';
import { typeLength } from './declaration.ts';
import { Draft } from './draft.ts';
import { rewriteHeader } from './header.ts';
import { isLoneMember, rewriteMemberMacro } from './member-macros.ts';
import { isAssemblyLike, rewriteTypeArguments } from './type-arguments.ts';

/**
 * Rewrites one top-level item into C that a plain grammar reads, at equal length, so that every offset stays: attributes
 * are blanked, macro loops get a keyword, type arguments become names. What is blanked can still be read in the source.
 */
export interface Rewritten {
  readonly text: string;
  /** Another reading of the same item, where `#if` cuts through a statement: with the other branches. */
  readonly alternative?: string;
}

export function rewrite(source: string): Rewritten {
  const { text, isCut } = read(source, 'met');
  return isCut ? { text, alternative: read(source, 'unmet').text } : { text };
}

function read(source: string, reading: Reading): { text: string; isCut: boolean } {
  let draft = new Draft(source);
  let isCut = false;
  if (source.includes('#')) {
    isCut = settleBranches(draft, reading);
    // What a branch that is left out says must not be rewritten into what stays.
    const settled = draft.text();
    if (settled !== source) draft = new Draft(settled);
  }
  new WordRules(draft, rewriteHeader(draft)).run();
  return { text: draft.text(), isCut };
}

const assemblyWords = new Set(['asm', '__asm__', '__asm', 'asm_volatile_goto', 'asm_inline', 'asm_goto_output']);
const typeOperators = new Set(['typeof', '__typeof__', '__typeof', 'typeof_member', 'typeof_unqual']);
/** Words that no function is named by, also where broken code makes it look like that. */
export const keywords: ReadonlySet<string> = new Set(
  (
    'if while for switch return sizeof do else case default goto break continue typeof __typeof__ __typeof asm __asm__ alignof _Alignof __alignof__ offsetof struct union enum ' +
    'static const volatile inline extern register _Static_assert static_assert __builtin_offsetof'
  ).split(' '),
);
const capital = /^[A-Z][A-Z0-9_]+$/;
const macroLoop = /for_each|^scoped_(cond_)?guard$/;
const number = /^(0[xX][\da-fA-F.]+([pP][+-]?\d+)?|0[bB][01]+|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)[uUlLfF]*$/;

const opensStatements = /^(return|goto|break|continue|if|for|do|switch)$/;

/** Rules that look at one token and its neighbors. Each returns the last token it dealt with, or -1 if it does not apply. */
class WordRules {
  /** Last token of the statement that got a `;` last. */
  private terminated = -1;
  /** Last token that was left out in front of what it is joined with. */
  private joined = -1;

  constructor(
    private readonly draft: Draft,
    /** Token of the function's `{`; -1 where there is no function. */
    private readonly body: number,
  ) {}

  run(): void {
    for (let i = 0; i < this.draft.count; i++) i = this.draft.isWord(i) ? this.word(i) : this.other(i);
  }

  private word(i: number): number {
    const { draft } = this;
    const name = draft.word(i);
    const next = draft.word(i + 1);
    for (const done of [this.attribute(i, name, next), this.typeOperator(i, name, next), this.unknownAttribute(i, name, next)])
      if (done >= 0) return done;
    if (this.isInBody(i)) {
      if (assemblyWords.has(name)) return this.assembly(i);
      if (name === '__label__') return this.localLabels(i);
      // The grammar knows types as labels of _Generic, but not `default`.
      if (name === 'default' && draft.word(draft.enclosing[i]! - 1) === '_Generic') draft.put(i, 'int');
      if (this.joinsString(i, name)) return i;
      if (next !== '(') return this.loneMacro(i, name);
    } else if (this.body < 0) {
      const end = this.listMacro(i, name);
      if (end >= 0) return end;
    }
    return next === '(' ? this.call(i, name) : i;
  }

  private other(i: number): number {
    const { draft } = this;
    const text = draft.word(i);
    if (draft.isLiteral(i)) this.literal(i, text);
    else if (text === '...') return this.range(i);
    else if (this.isInBody(i)) this.operator(i, text);
    return i;
  }

  private operator(i: number, text: string): void {
    const { draft } = this;
    const before = draft.word(i - 1);
    // `&&label`
    if (text === '&&' && /^[=,({[?:]$|^return$/.test(before)) draft.put(i, '&');
    // An operator as an argument of a macro: `ASSERTCMP(a, ==, b)`.
    else if (/^[,(]$/.test(before) && /^[,)]$/.test(draft.word(i + 1)) && /^[-+*/%&|^<>=!]+$/.test(text)) draft.put(i, '_');
    // An argument that is empty, or a comment.
    else if (text === ',' && (before === '(' || draft.word(i + 1) === ')')) draft.blank(i, i + 1);
  }

  private isInBody(i: number): boolean {
    return this.body >= 0 && i > this.body;
  }

  private attribute(i: number, name: string, next: string): number {
    const { draft } = this;
    if (!attributes.has(name) || /^(\.|->)$/.test(draft.word(i - 1))) return -1;
    const close = next === '(' && attributesWithArguments.has(name) ? draft.partner[i + 1]! : -1;
    // __release(x) as a statement is sparse's; blanking leaves an empty statement.
    const last = close > 0 ? close : i;
    if (name === '__always_inline' && this.body < 0) draft.put(i, 'inline');
    else draft.blank(i, last + 1);
    return last;
  }

  private typeOperator(i: number, name: string, next: string): number {
    const close = next === '(' && typeOperators.has(name) ? this.draft.partner[i + 1]! : -1;
    if (close > 0) this.draft.blank(i + 1, close + 1);
    return close;
  }

  /** `int x __some_section;`: a reserved word between a name and the end of a declaration, or any behind `]`. */
  private unknownAttribute(i: number, name: string, next: string): number {
    const { draft } = this;
    const isAttribute = /^[=;]$/.test(next)
      ? draft.word(i - 1) === ']' || (this.body < 0 && /^_{2,4}[a-z]/.test(name) && this.isBehindName(i))
      : this.body < 0 && isLoneMember(draft, i);
    if (!isAttribute) return -1;
    draft.blank(i, i + 1);
    return i;
  }

  private isBehindName(i: number): boolean {
    const { draft } = this;
    let words: string[] = [];
    let first = i;
    while (draft.isWord(first - 1) && words.length < 16) words.unshift(draft.word(--first));
    words = words.filter((word) => !attributes.has(word));
    return words.length > 0 && (/^[*,]$/.test(draft.word(first - 1)) || typeLength(words) < words.length);
  }

  private localLabels(i: number): number {
    let end = i;
    while (this.draft.isWord(end) || this.draft.word(end) === ',') end++;
    this.draft.blank(i, end);
    return end;
  }

  /** A macro without parentheses that stands on a line of its own. */
  private loneMacro(i: number, name: string): number {
    const { draft } = this;
    if (
      /^[A-Z][A-Z0-9_]+$/.test(name) &&
      draft.endsLine(i) &&
      this.opensStatement(i) &&
      this.startsStatement(i + 1) &&
      draft.word(i + 1) !== ';'
    )
      this.terminate(i, i);
    return i;
  }

  /** Macros side by side are strings, or lists, that are joined: `KERN_INFO NAME ": …"`. The last one stays. */
  private joinsString(i: number, name: string): boolean {
    const { draft } = this;
    const isFirst = this.joined === i - 1 || /^[,({"]/.test(draft.word(i - 1));
    if (isFirst && capital.test(name) && capital.test(draft.word(i + 1))) {
      draft.blank(i, i + 1);
      this.joined = i;
      return true;
    }
    const close = draft.word(i + 1) === '(' ? draft.partner[i + 1]! : -1;
    if (close < 0 || !(draft.word(i - 1).startsWith('"') || draft.word(close + 1).startsWith('"'))) return false;
    draft.blank(i, close + 1);
    return true;
  }

  /** A macro in an initializer that brings its own commas stands on a line of its own. */
  private listMacro(i: number, name: string): number {
    const { draft } = this;
    const end = draft.word(i + 1) === '(' ? draft.partner[i + 1]! : i;
    const isFirst = this.joined === i - 1 || /^[,{]$/.test(draft.word(i - 1));
    if (!isFirst || !capital.test(name) || end < 0 || !draft.endsLine(end) || !/^[\w{.[]/.test(draft.word(end + 1))) return -1;
    draft.blank(i, end + 1);
    this.joined = end;
    return end;
  }

  private call(i: number, name: string): number {
    const { draft } = this;
    if (name === 'offsetof' || name === '__alignof__' || name === '_Alignof') draft.put(i, name.slice(0, -1) + '$');
    else if (keywords.has(name)) return i;
    const close = draft.partner[i + 1]!;
    if (close < 0) return i;
    if (name === '_Generic') return i;
    if (this.isInBody(i)) {
      if (isAssemblyLike(draft, i + 1, close)) {
        draft.blank(i + 2, close);
        return close;
      }
      const end = this.localDefinition(i, name, close);
      if (end >= 0) return end;
    }
    if (this.body < 0 && i > 0 && rewriteMemberMacro(draft, i, close)) return i;
    rewriteTypeArguments(draft, i + 1, close);
    if (this.isInBody(i)) this.statementMacro(i, name, close);
    return i;
  }

  /** A local object that a macro defines: the statement is left out, up to its end. */
  private localDefinition(i: number, name: string, close: number): number {
    const { draft } = this;
    const isStatic = draft.word(i - 1) === 'static';
    if (!/^(DEFINE|DECLARE)_[A-Z_]+$/.test(name) || (!isStatic && draft.word(close + 1) !== '=')) return -1;
    let end = close + 1;
    while (end < draft.count && draft.word(end) !== ';') end++;
    draft.blank(isStatic ? i - 1 : i, end);
    return end;
  }

  /** A macro call that is a loop's head, or a statement without `;`. */
  private statementMacro(i: number, name: string, close: number): void {
    const { draft } = this;
    if (!this.opensStatement(i)) return;
    const after = draft.word(close + 1);
    if (/for_each|^while_/.test(name) && draft.word(i - 1) === '}' && draft.word(draft.partner[i - 1]! - 1) === 'do') {
      // `do { … } while_each_thread(…);`
      if (close > i + 2) draft.put(i, 'while');
      return;
    }
    if (name.startsWith('while_')) return;
    const isLoop = after === '{' || (macroLoop.test(name) && after !== ';' && this.startsStatement(close + 1));
    if (isLoop) draft.put(i, name.length >= 5 ? 'while' : 'if');
    else if (after === ';' && this.hasStatements(i + 1, close)) this.statementArguments(i, close);
    else if (after !== ';' && draft.endsLine(close) && this.startsStatement(close + 1)) this.terminate(i, close);
  }

  /** Whether a macro is given statements: `KUNIT_EXPECT_KASAN_FAIL(test, a(); b())`. */
  private hasStatements(open: number, close: number): boolean {
    const { draft } = this;
    for (let i = open + 1; i < close; i++) {
      if (draft.partner[i]! > i) i = draft.partner[i]!;
      else if (draft.word(i) === ';' || (opensStatements.test(draft.word(i)) && /^[(,]$/.test(draft.word(i - 1)))) return true;
    }
    return false;
  }

  /** `MACRO(a, b; return c);` becomes `if(-_) {a; b; return c;}`: nobody knows whether it executes them. */
  private statementArguments(i: number, close: number): void {
    const { draft } = this;
    const open = i + 1;
    const condition = 'if(-_)';
    if (draft.word(i).length >= condition.length) draft.put(i, condition);
    else if (this.jumps(open, close)) return;
    else draft.blank(i, open);
    draft.put(open, '{');
    for (let at = open + 1; at < close; at++) {
      const text = draft.word(at);
      if (draft.partner[at]! > at) at = draft.partner[at]!;
      else if (text === ',') draft.put(at, ';');
    }
    draft.put(close, ';');
    draft.put(close + 1, '}');
  }

  private jumps(open: number, close: number): boolean {
    if (close - open > 2000) return true;
    for (let i = open; i < close; i++) if (/^(return|goto|break|continue)$/.test(this.draft.word(i))) return true;
    return false;
  }

  /** Puts a `;` behind a statement: in the white space that follows, or, where a comment does, on its last character. */
  private terminate(first: number, last: number): void {
    const { draft } = this;
    const at = draft.end(last);
    this.terminated = last;
    if (/\s/.test(draft.source[at]!)) draft.putAt(at, ';');
    else {
      if (last > first) draft.blank(first, first + 2);
      draft.put(last, ';');
    }
  }

  private opensStatement(i: number): boolean {
    const { draft } = this;
    const before = draft.word(i - 1);
    if (before === '{') return this.isBlock(i - 1);
    if (before === ')') return this.terminated === i - 1 || this.closesHead(i - 1);
    return /^([};:]|else|do)$/.test(before) || draft.isDirective(i - 1) || this.terminated === i - 1;
  }

  /** Whether a brace opens statements, not an initializer. */
  private isBlock(open: number): boolean {
    const { draft } = this;
    let at = open;
    while (draft.word(at - 1) === '{' && at > this.body) at--;
    if (at <= this.body) return true;
    const before = draft.word(at - 1);
    if (before === ')') return this.closesHead(at - 1) || macroLike(draft.word(draft.partner[at - 1]! - 1));
    return /^([;}:(]|else|do)$/.test(before) || draft.isDirective(at - 1);
  }

  /** `if (…)` and its like: a statement follows. */
  private closesHead(close: number): boolean {
    const name = this.draft.word(this.draft.partner[close]! - 1);
    return /^(if|while|for|switch)$/.test(name) || macroLoop.test(name);
  }

  private startsStatement(i: number): boolean {
    const text = this.draft.word(i);
    return (
      this.draft.isWord(i) ||
      this.draft.isDirective(i) ||
      text === '{' ||
      text === '}' ||
      text === '*' ||
      text === '(' ||
      text === '++' ||
      text === '--' ||
      text === ';'
    );
  }

  private assembly(i: number): number {
    const { draft } = this;
    let open = i + 1;
    while (open < draft.count && draft.word(open) !== '(' && open < i + 5) open++;
    const close = draft.word(open) === '(' ? draft.partner[open]! : -1;
    if (close < 0 || !/^[;=,]$/.test(draft.word(close + 1))) return i;
    draft.blank(i, close + 1);
    return close;
  }

  /** `'//'` looks like a comment to the grammar, and an argument of a macro may look like a number: `F(3DNOW)`. */
  private literal(i: number, text: string): void {
    if (text.startsWith("'") && text.includes('/')) this.draft.put(i, text.replaceAll('/', '_'));
    else if (this.isInBody(i) && /^\d/.test(text) && !number.test(text)) this.draft.putAt(this.draft.start(i), '_');
  }

  /** `case A ... B:` and `[A ... B] =` keep their first bound. */
  private range(i: number): number {
    const { draft } = this;
    const open = draft.enclosing[i]!;
    let end = open >= 0 && draft.word(open) === '[' ? draft.partner[open]! : -1;
    if (end < 0) {
      if (!this.isAfterCase(i)) return i;
      end = i + 1;
      while (end < i + 24 && draft.word(end) !== ':') end++;
      if (draft.word(end) !== ':') return i;
    }
    draft.blank(i, end);
    return end - 1;
  }

  /** Looks back over one expression. */
  private isAfterCase(i: number): boolean {
    const { draft } = this;
    for (let at = i - 1, steps = 0; steps < 24; at--, steps++) {
      const text = draft.word(at);
      if (text === 'case') return true;
      if (/^[;{}:,]?$/.test(text)) return false;
      if (draft.partner[at]! >= 0) at = draft.partner[at]!;
    }
    return false;
  }
}

function macroLike(name: string): boolean {
  return /^\w+$/.test(name) && !keywords.has(name);
}
