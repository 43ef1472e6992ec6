import { attributesWithArguments, trailingAttributes } from './attributes.ts';
import { isWordPart, isWordStart, skipComment, skipDirective, skipQuoted } from '../../source/characters.ts';
import {
  addWord,
  beginFunction,
  copyPending,
  describe,
  endDeclarator,
  isFunction,
  isLone,
  newPending,
  returnsAggregate,
  type Pending,
} from './declaration.ts';
import { ConditionStack, directiveName, directiveText, negate } from './directive.ts';

/**
 * Top-level items of a C file, by one pass over the characters and without a parse: the index of what is defined where.
 * Both sides of `#if` are read; each item knows the conditions it stands under. Items are what is parsed later, one at a
 * time and only when a question needs them, so a broken one costs nothing but itself.
 */
export interface Item {
  readonly kind: 'function' | 'prototype' | 'struct' | 'typedef' | 'variable' | 'macro' | 'macro-call';
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Offset of the `{` of a function's or aggregate's body, or of a macro's replacement text; -1 without one. */
  readonly body: number;
  readonly isStatic: boolean;
  /** Preprocessor conditions it stands under, outermost first: `CONFIG_SMP`, `!(X > 1)`. */
  readonly conditions: readonly string[];
  /** Name that a macro call at the top level defines: `DEFINE_MUTEX(name)`, `DEFINE_PER_CPU(type, name)`. */
  readonly defines: string | undefined;
  /** Parameters of a function-like macro. */
  readonly parameters: readonly string[] | undefined;
}

export interface Include {
  readonly path: string;
  readonly system: boolean;
  readonly conditions: readonly string[];
}

export interface ScannedFile {
  readonly text: string;
  /** By where they start; several names of one declaration are several items. */
  readonly items: readonly Item[];
  readonly includes: readonly Include[];
  /** Offsets where braces do not pair up. */
  readonly unbalanced: readonly number[];
}

/** Where a scan stands between two characters. */
interface State {
  readonly depth: number;
  readonly parens: number;
  readonly open: number;
  readonly pending: Pending | undefined;
}

interface Branches {
  /** Offset of the `#if`. */
  readonly at: number;
  readonly before: State;
  /** Where its first branch ended. */
  after: State | undefined;
}

/** What can end braces, or hide what does. A `{` at the first column opens a function in kernel style. */
const interesting = /[{}"'/]|\n[ \t]*#|\n\{/g;
const condition = /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b/gm;
/** Both look one or two words ahead; what is longer is no declarator. */
const pointerDeclarator = /\(\s*\*[\s*]*(?:const\s+|volatile\s+|__\w+\s+){0,3}(\w+)\s*(\(?)/y;
const nameInParentheses = /\(\s*(\w+)\s*\)\s*\(/y;
/** How far back the start of a function's header is looked for. */
const longestHeader = 2000;

export function scanFile(text: string): ScannedFile {
  return new Scanner(text).scan();
}

class Scanner {
  private readonly items: Item[] = [];
  private readonly includes: Include[] = [];
  private readonly unbalanced: number[] = [];
  private readonly conditions = new ConditionStack();
  private readonly branches: Branches[] = [];
  private pending: Pending | undefined;
  /** Open braces; inside them only their end is looked for. */
  private depth = 0;
  private parens = 0;
  /** Offset of the outermost open brace. */
  private open = -1;
  private linkageBlocks = 0;

  constructor(private readonly text: string) {}

  scan(): ScannedFile {
    const { text } = this;
    for (let at = 0; at < text.length;) at = this.depth > 0 ? this.insideBraces(at) : this.topLevel(at);
    if (this.pending && (this.depth > 0 || isLone(this.pending))) {
      if (this.depth > 0) this.unbalanced.push(this.open);
      this.finish(text.length);
    }
    const { items, includes, unbalanced } = this;
    return { text, items: items.sort((a, b) => a.start - b.start), includes, unbalanced };
  }

  /** Takes what stands at an offset, and gives the next one to look at. */
  private topLevel(at: number): number {
    const { text } = this;
    const c = text.charCodeAt(at);
    if (c === 10 || c === 32 || c === 9 || c === 13 || c === 12) return at + 1;
    if (isWordStart(c)) return this.word(at);
    if (c === 47 /* / */ && skipComment(text, at) > at) return skipComment(text, at);
    if (c === 35 /* # */) return this.directive(at);
    if (c === 34 || c === 39) {
      if (this.pending) this.pending.last = '"';
      return skipQuoted(text, at);
    }
    return this.punctuation(at, c);
  }

  private word(from: number): number {
    let end = from + 1;
    while (isWordPart(this.text.charCodeAt(end))) end++;
    if (this.parens > 0) return end;
    const name = this.text.slice(from, end);
    // A macro call without `;`, such as EXPORT_SYMBOL(x): the next item starts on the next line.
    if (this.pending && isLone(this.pending) && this.startsLine(from) && !trailingAttributes.has(name)) this.finish(this.pending.lastEnd);
    this.pending ??= newPending(from);
    addWord(this.pending, name);
    this.pending.lastEnd = end;
    return end;
  }

  private punctuation(at: number, c: number): number {
    const next = at + 1;
    switch (c) {
      case 40 /* ( */:
        this.openParenthesis(at);
        return next;
      case 41 /* ) */:
        this.closeParenthesis(next);
        return next;
      case 123 /* { */:
        return this.openBrace(at);
      case 125 /* } */:
        if (this.linkageBlocks > 0) this.linkageBlocks--;
        else this.unbalanced.push(at);
        this.reset();
        return next;
      case 59 /* ; */:
        if (this.parens === 0 && !this.isParameterDeclaration()) this.finish(next);
        return next;
    }
    const p = this.pending;
    if (this.parens > 0 || !p) return next;
    p.last = this.text[at]!;
    if (c === 61 /* = */) p.isAssigned = p.isClosed = true;
    else if (c === 44 /* , */) endDeclarator(p);
    else if (c === 91 /* [ */) return this.skipBrackets(at);
    return next;
  }

  private openParenthesis(at: number): void {
    const p = this.pending;
    if (this.parens++ > 0 || !p || p.isClosed || attributesWithArguments.has(p.last)) return;
    if (p.body >= 0) {
      p.parametersAt = at;
      return;
    }
    pointerDeclarator.lastIndex = nameInParentheses.lastIndex = at;
    const pointer = p.names.length === 0 && p.words.length > 0 ? pointerDeclarator.exec(this.text) : null;
    const name = pointer || p.words.length < 2 || /^[A-Z][A-Z0-9_]+$/.test(p.last) ? null : nameInParentheses.exec(this.text);
    if (pointer && pointer[2] === '') p.inParentheses = pointer[1]!;
    const word = pointer ? pointer[1]! : name ? name[1]! : isWordStart(p.last.charCodeAt(0)) ? p.last : '';
    // `int (*f(void))(int)`: what follows the first parentheses are parameters of what f returns.
    if (p.groups.length < 16) p.groups.push({ word: p.inParentheses === '' ? word : '', start: at, end: at, isFollowed: false });
  }

  private closeParenthesis(after: number): void {
    if (this.parens > 0) this.parens--;
    const p = this.pending;
    if (this.parens > 0 || !p) return;
    const group = p.groups[p.groups.length - 1];
    if (group && group.end === group.start) group.end = after;
    p.last = ')';
    p.lastEnd = after;
  }

  private openBrace(at: number): number {
    const { text } = this;
    const isFirstColumn = text.charCodeAt(at - 1) === 10;
    if (this.parens > 0 && !(isFirstColumn && this.pending)) return this.skipBraces(at);
    if (this.parens > 0) this.unbalanced.push(this.pending!.start);
    this.parens = 0;
    const p = (this.pending ??= newPending(at));
    if (p.words.length === 1 && p.words[0] === 'extern' && p.last === '"') {
      this.linkageBlocks++;
      this.reset();
      return at + 1;
    }
    if (returnsAggregate(p)) {
      this.add({ ...p, declarator: [], names: [] }, at);
      beginFunction(p, at);
    }
    if (p.body < 0) {
      p.body = at;
      p.isInitializer = p.isClosed;
      if (!p.isClosed && !isFunction(p)) p.declarator = [];
    }
    this.depth = 1;
    this.open = at;
    return at + 1;
  }

  /** Inside braces only what can end them matters. */
  private insideBraces(from: number): number {
    const { text } = this;
    interesting.lastIndex = from;
    const found = interesting.exec(text);
    if (!found) return text.length;
    const at = found.index;
    const hit = found[0];
    switch (hit) {
      case '{':
        this.depth++;
        return at + 1;
      case '\n{':
        return this.braceAtFirstColumn(at);
      case '}':
        return this.closeBrace(at);
      case '"':
      case "'":
        return skipQuoted(text, at);
      case '/':
        return Math.max(skipComment(text, at), at + 1);
      default:
        return this.directive(at + hit.length - 1);
    }
  }

  /** Where a function is open this one opens another: the one before never closed. */
  private braceAtFirstColumn(newline: number): number {
    if (this.isStyledFunction()) {
      const header = this.headerStart(newline);
      if (header > this.open) {
        this.unbalanced.push(this.open);
        this.finish(header);
        return header;
      }
    }
    this.depth++;
    return newline + 2;
  }

  private closeBrace(at: number): number {
    this.depth--;
    if (this.depth > 0 && this.text.charCodeAt(at - 1) === 10 && this.isStyledFunction() && this.isItemAhead(at + 1)) {
      this.unbalanced.push(this.open);
      this.depth = 0;
    }
    if (this.depth === 0 && this.pending) {
      this.pending.last = '}';
      this.pending.lastEnd = at + 1;
      if (isFunction(this.pending) || this.pending.words.length === 0) this.finish(at + 1);
    }
    return at + 1;
  }

  /** Whether what follows is not indented, as an item is. */
  private isItemAhead(from: number): boolean {
    let at = from;
    while (at < this.text.length && this.text.charCodeAt(at) <= 32) at++;
    return this.text.charCodeAt(at - 1) === 10 && this.text.charCodeAt(at) !== 125;
  }

  /** A function whose own braces stand at the first column, as kernel style has it. */
  private isStyledFunction(): boolean {
    return this.pending !== undefined && isFunction(this.pending) && this.text.charCodeAt(this.open - 1) === 10;
  }

  /** Where the header of a function whose `{` stands at the first column begins. */
  private headerStart(brace: number): number {
    const from = Math.max(brace - longestHeader, 0);
    const before = this.text.slice(from, brace);
    const ends = /^[\s\S]*\n(?:\r?\n|\}[^\n]*\n)/.exec(before);
    return ends ? from + ends[0].length : -1;
  }

  private finish(after: number): void {
    const p = this.pending;
    this.reset();
    if (!p) return;
    this.add(p, after);
  }

  private add(p: Pending, end: number): void {
    const isStatic = p.words.includes('static');
    const conditions = this.conditions.list;
    for (const { kind, name, body, defines } of describe(p, this.text)) {
      // Written out, not spread: there are a hundred thousand of them.
      this.items.push({ kind, name, start: p.start, end, body, isStatic, conditions, defines, parameters: undefined });
    }
  }

  private reset(): void {
    this.pending = undefined;
    this.open = -1;
    this.depth = 0;
    this.parens = 0;
  }

  /** `int f(a) int a;`: declarations of parameters stand before the body in old C. */
  private isParameterDeclaration(): boolean {
    const p = this.pending;
    const group = p?.groups.length === 1 ? p.groups[0] : undefined;
    if (!p || !group?.isFollowed || p.body >= 0 || group.end - group.start > 500) return false;
    const names = this.text.slice(group.start + 1, group.end - 1).split(',');
    return names.some((name) => name.trim() === p.declarator[p.declarator.length - 1]);
  }

  /** Takes a directive, with the lines that continue it. */
  private directive(from: number): number {
    const { text } = this;
    const end = skipDirective(text, from);
    const { name, after } = directiveName(text, from);
    switch (name) {
      case 'include':
        this.include(text.slice(after, end));
        break;
      case 'define':
        this.define(from, after, end);
        break;
      case 'if':
      case 'ifdef':
      case 'ifndef': {
        const written = directiveText(text.slice(after, end));
        this.branches.push({ at: from, before: this.save(), after: undefined });
        this.conditions.open(name === 'ifndef' ? negate(written) : written);
        // What can never be built need be no C.
        return name === 'if' && written === '0' ? this.skipBranch(end) : end;
      }
      case 'else':
      case 'elif':
        this.nextBranch(name === 'elif' ? directiveText(text.slice(after, end)) : undefined);
        break;
      case 'endif':
        this.endBranches();
        break;
    }
    return end;
  }

  private nextBranch(written: string | undefined): void {
    const group = this.branches[this.branches.length - 1];
    if (!group) return;
    if (this.pending && isLone(this.pending) && !this.pending.words[0]!.includes('DEFINE')) this.finish(this.pending.lastEnd);
    if (!group.after) {
      // An item that begins in a branch and goes on behind the group holds the whole group.
      if (!group.before.pending && this.pending) this.pending.start = group.at;
      group.after = this.save();
    }
    this.restore(group.before);
    this.conditions.next(written);
  }

  private endBranches(): void {
    const group = this.branches.pop();
    if (!group) return;
    this.conditions.close();
    if (group.after) this.restore(group.after);
  }

  private save(): State {
    return { depth: this.depth, parens: this.parens, open: this.open, pending: this.pending && copyPending(this.pending) };
  }

  private restore({ depth, parens, open, pending }: State): void {
    this.reset();
    // What one branch finished does not stay open behind it.
    if (pending && this.items.slice(-8).some((item) => item.start === pending.start)) return;
    this.depth = depth;
    this.parens = parens;
    this.open = open;
    this.pending = pending && copyPending(pending);
  }

  /** Offset of the end of line in front of the directive that ends a branch. */
  private skipBranch(from: number): number {
    let inner = 0;
    condition.lastIndex = from;
    for (let found = condition.exec(this.text); found; found = condition.exec(this.text)) {
      const kind = found[1]!;
      if (kind.startsWith('if')) inner++;
      else if (inner === 0) return found.index - 1;
      else if (kind === 'endif') inner--;
    }
    return this.text.length;
  }

  private include(written: string): void {
    const path = /^\s*([<"])([^>"]+)[>"]/.exec(written);
    if (path) this.includes.push({ path: path[2]!, system: path[1] === '<', conditions: this.conditions.list });
  }

  private define(start: number, after: number, end: number): void {
    const head = /^\s+([A-Za-z_]\w*)(\(([^)]*)\))?/.exec(this.text.slice(after, end));
    if (!head) return;
    const parameters = head[3]
      ?.replace(/\\\r?\n/g, ' ')
      .split(',')
      .map((p) => p.trim());
    this.items.push({
      kind: 'macro',
      name: head[1]!,
      start,
      end,
      body: after + head[0].length,
      isStatic: false,
      conditions: this.conditions.list,
      defines: undefined,
      parameters: parameters?.length === 1 && parameters[0] === '' ? [] : parameters,
    });
  }

  private startsLine(from: number): boolean {
    let i = from - 1;
    while (i >= 0 && (this.text.charCodeAt(i) === 32 || this.text.charCodeAt(i) === 9)) i--;
    // A comment may stand in front.
    return i < 0 || this.text.charCodeAt(i) === 10 || this.text.charCodeAt(i) === 47;
  }

  /** Offset past braces inside parentheses: an initializer or statements given to a macro. */
  private skipBraces(from: number): number {
    const { text } = this;
    let level = 0;
    for (let i = from; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 123) level++;
      else if (c === 125 && --level === 0) return i + 1;
      else if (c === 34 || c === 39) i = skipQuoted(text, i) - 1;
      else if (c === 47 && skipComment(text, i) > i) i = skipComment(text, i) - 1;
    }
    return text.length;
  }

  /** Offset past `[…]`; brackets that are not closed end with the declarator. */
  private skipBrackets(from: number): number {
    const { text } = this;
    let level = 0;
    for (let i = from; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 91) level++;
      else if (c === 93 && --level === 0) return i + 1;
      else if (c === 59 || c === 123 || c === 125) return i;
    }
    return text.length;
  }
}

export { directiveText, negate };
