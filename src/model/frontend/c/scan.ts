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
  readonly defines?: string;
  /** Parameters of a function-like macro. */
  readonly parameters?: readonly string[];
}

export interface Include {
  readonly path: string;
  readonly system: boolean;
  readonly conditions: readonly string[];
}

export interface ScannedFile {
  readonly text: string;
  readonly items: readonly Item[];
  readonly includes: readonly Include[];
  /** Offsets where braces do not pair up. */
  readonly unbalanced: readonly number[];
}

interface Pending {
  start: number;
  words: string[];
  /** Word before each group of parentheses at the top level. */
  groups: string[];
  groupStart: number;
  /** Offset just past the last group of parentheses. */
  groupEnd: number;
  assigned: boolean;
  nameBeforeAssign: string;
  last: string;
}

interface Saved {
  depth: number;
  parens: number;
  pending: Pending | undefined;
  bodyStart: number;
}

const interesting = /[{}"'/]|\n[ \t]*#|\n\{/g;
const word = /[A-Za-z_$][\w$]*/y;
const attributeWithArguments =
  /^(__attribute__|__attribute|__must_hold|__acquires|__releases|__cond_acquires|__printf|__scanf|__aligned|__section|__alloc_size|__counted_by|__no_sanitize|__free|__cleanup|__diagnose_as|__malloc|__no_kasan_or_inline|__flatten|__error|__compiletime_error|__compiletime_warning|__must_be_array|__asm__|asm|__context__|__cold|__alias|__init_or_linfo)$/;

export function scanFile(text: string): ScannedFile {
  const items: Item[] = [];
  const includes: Include[] = [];
  const unbalanced: number[] = [];
  const conditions: string[] = [];
  const stack: { saved: Saved; after: Saved | undefined }[] = [];
  let pending: Pending | undefined;
  let depth = 0;
  let parens = 0;
  let bodyStart = -1;
  let at = 0;
  const end = text.length;

  while (at < end) {
    if (depth > 0) {
      at = skipInside(at);
      continue;
    }
    const c = text.charCodeAt(at);
    if (c === 10 || c === 32 || c === 9 || c === 13 || c === 12) at++;
    else if (c === 47 /* / */ && skipComment(at) > at) at = skipComment(at);
    else if (c === 35 /* # */) at = directive(at);
    else if (c === 34 || c === 39) at = skipQuoted(at);
    else if (isWordStart(c)) at = topWord(at);
    else at = punctuation(at, c);
  }
  if (depth > 0 && pending) {
    unbalanced.push(bodyStart);
    finish(end);
  }
  return { text, items, includes, unbalanced };

  function topWord(from: number): number {
    word.lastIndex = from;
    const found = word.exec(text)!;
    const name = found[0];
    if (parens > 0) return word.lastIndex;
    // A macro call without `;`, such as EXPORT_SYMBOL(x): the next item starts on the next line.
    if (pending && pending.groups.length === 1 && pending.words.length === 1 && pending.last === ')' && startsLine(from)) finish(pending.groupEnd);
    pending ??= { start: from, words: [], groups: [], groupStart: -1, groupEnd: -1, assigned: false, nameBeforeAssign: '', last: '' };
    if (!pending.assigned) pending.words.push(name);
    pending.last = name;
    return word.lastIndex;
  }

  function punctuation(from: number, c: number): number {
    const next = from + 1;
    if (c === 40 /* ( */) {
      if (parens === 0 && pending && !pending.assigned) {
        pending.groups.push(isWordStart(pending.last.charCodeAt(0)) ? pending.last : '');
        if (pending.groupStart < 0) pending.groupStart = from;
      }
      parens++;
    } else if (c === 41 /* ) */) {
      if (parens > 0) parens--;
      if (parens === 0 && pending) {
        pending.last = ')';
        pending.groupEnd = next;
      }
    } else if (c === 123 /* { */) {
      if (parens > 0) return skipBraces(from);
      depth = 1;
      bodyStart = from;
      pending ??= { start: from, words: [], groups: [], groupStart: -1, groupEnd: -1, assigned: false, nameBeforeAssign: '', last: '' };
    } else if (c === 125 /* } */) {
      unbalanced.push(from);
      pending = undefined;
    } else if (c === 59 /* ; */) {
      if (parens === 0 || startsLine(next)) {
        parens = 0;
        finish(next);
      }
    } else if (parens === 0 && pending) {
      if (c === 61 && !pending.assigned) {
        pending.assigned = true;
        pending.nameBeforeAssign = pending.words.findLast((w) => !/^_{2,4}[a-z]/.test(w)) ?? '';
      }
      if (c === 91 /* [ */ && !pending.assigned) return skipBrackets(from);
      pending.last = text[from]!;
    }
    return next;
  }

  /** Inside braces only what can end them matters. */
  function skipInside(from: number): number {
    interesting.lastIndex = from;
    const found = interesting.exec(text);
    if (!found) return end;
    const place = found.index;
    const hit = found[0];
    if (hit === '{') {
      depth++;
      return place + 1;
    }
    if (hit === '\n{') {
      // Kernel style opens only functions at the first column: the one before never closed.
      if (text.charCodeAt(bodyStart - 1) === 10 && isFunction()) {
        const header = headerStart(place);
        if (header > bodyStart) {
          unbalanced.push(bodyStart);
          finish(header);
          return header;
        }
      }
      depth++;
      return place + 2;
    }
    if (hit === '}') {
      depth--;
      if (depth > 0 && text.charCodeAt(place - 1) === 10 && isFunction()) {
        unbalanced.push(bodyStart);
        depth = 0;
      }
      if (depth === 0) closeBody(place + 1);
      return place + 1;
    }
    if (hit === '"' || hit === "'") return skipQuoted(place);
    if (hit === '/') return Math.max(skipComment(place), place + 1);
    return directive(place + hit.length - 1);
  }

  function isFunction(): boolean {
    return pending !== undefined && !pending.assigned && pending.groups.length > 0;
  }

  function closeBody(after: number): void {
    if (!pending) return;
    if (isFunction() || pending.words.length === 0) finish(after);
    else pending.last = '}';
  }

  /** Where the header of a function whose `{` stands at the first column begins. */
  function headerStart(brace: number): number {
    const line = text.lastIndexOf('\n\n', brace);
    const close = text.lastIndexOf('\n}', brace);
    return Math.max(line < 0 ? -1 : line + 2, close < 0 ? -1 : close + 2);
  }

  function finish(after: number): void {
    const p = pending;
    const body = bodyStart;
    pending = undefined;
    bodyStart = -1;
    depth = 0;
    parens = 0;
    if (!p || p.words.length === 0) return;
    const isStatic = p.words.includes('static');
    const at = { start: p.start, end: after, body, isStatic, conditions: [...conditions] };
    const first = p.words[0]!;
    const tag = p.words.findIndex((w) => w === 'struct' || w === 'union' || w === 'enum');
    if (first === 'typedef') {
      items.push({ kind: 'typedef', name: typedefName(p), ...at });
      if (body >= 0 && tag >= 0 && isTagName(p, tag)) items.push({ kind: 'struct', name: p.words[tag + 1]!, ...at });
      return;
    }
    if (body >= 0 && !p.assigned && p.groups.length > 0 && p.groupStart < body) {
      items.push({ kind: 'function', name: functionName(p), ...at });
      return;
    }
    if (body >= 0 && tag >= 0 && (!p.assigned || text.indexOf('=', p.start) > body)) {
      if (isTagName(p, tag)) items.push({ kind: 'struct', name: p.words[tag + 1]!, ...at });
      const variable = trailingName(p);
      if (variable && variable !== p.words[tag + 1]) items.push({ kind: 'variable', name: variable, ...at });
      return;
    }
    if (p.assigned) {
      const macro = p.groups.length === 1 && p.nameBeforeAssign === p.groups[0] && /(\w+)\s*\)$/.exec(text.slice(p.groupStart, p.groupEnd));
      items.push({ kind: 'variable', name: macro ? macro[1]! : p.nameBeforeAssign, ...at });
      return;
    }
    if (p.groups.length === 0) {
      const name = p.words.findLast((w) => !/^_{2,4}[a-z]/.test(w)) ?? '';
      if (p.words.length > 1) items.push({ kind: 'variable', name, ...at });
      return;
    }
    if (p.words[p.words.length - 1] === p.groups[0] && p.words.every((w, i) => i === p.words.length - 1 || w === 'static' || w === 'extern' || w.startsWith('__'))) {
      const macro = p.groups[0]!;
      const args = /^(DEFINE|DECLARE)_/.test(macro) ? text.slice(p.groupStart + 1, p.groupEnd - 1).split(',') : [];
      const defines = (/PER_CPU/.test(macro) ? args[1] : args[0])?.trim();
      items.push({ kind: 'macro-call', name: macro, ...at, body: p.groupStart, ...(defines && { defines }) });
      return;
    }
    items.push({ kind: 'prototype', name: functionName(p), ...at });
  }

  /** `# include`, `# define`, conditions; returns the offset after the (continued) line. */
  function directive(from: number): number {
    let stop = text.indexOf('\n', from);
    while (stop > 0 && (text.charCodeAt(stop - 1) === 92 || (text.charCodeAt(stop - 1) === 13 && text.charCodeAt(stop - 2) === 92))) stop = text.indexOf('\n', stop + 1);
    if (stop < 0) stop = end;
    const open = text.indexOf('/*', from);
    if (open >= 0 && open < stop) {
      const close = text.indexOf('*/', open + 2);
      if (close > stop) stop = close + 2;
    }
    const match = /^#[ \t]*([a-z]+)/.exec(text.slice(from, from + 24));
    const kind = match?.[1];
    if (!kind) return stop;
    const rest = (): string => directiveText(text.slice(from + match[0].length, stop));
    switch (kind) {
      case 'include': {
        const path = /^\s*([<"])([^>"]+)[>"]/.exec(text.slice(from + match[0].length, stop));
        if (path) includes.push({ path: path[2]!, system: path[1] === '<', conditions: [...conditions] });
        break;
      }
      case 'define':
        define(from, from + match[0].length, stop);
        break;
      case 'if':
      case 'ifdef':
      case 'ifndef':
        stack.push({ saved: save(), after: undefined });
        conditions.push(kind === 'if' ? rest() : kind === 'ifdef' ? rest() : negate(rest()));
        break;
      case 'else':
      case 'elif': {
        const top = stack[stack.length - 1];
        if (!top) break;
        top.after ??= save();
        restore(top.saved);
        const before = conditions.pop()!;
        conditions.push(kind === 'else' ? negate(before) : rest());
        break;
      }
      case 'endif': {
        const top = stack.pop();
        if (!top) break;
        conditions.pop();
        if (top.after) restore(top.after);
        break;
      }
    }
    return stop;
  }

  function save(): Saved {
    return { depth, parens, bodyStart, pending: pending && { ...pending, words: [...pending.words], groups: [...pending.groups] } };
  }

  function restore(saved: Saved): void {
    // An item that both branches finish was finished: what stood open before the condition is gone.
    const started = saved.pending?.start;
    if (saved.pending && items.some((item, i) => i >= items.length - 8 && item.start === started)) {
      depth = 0;
      parens = 0;
      bodyStart = -1;
      pending = undefined;
      return;
    }
    depth = saved.depth;
    parens = saved.parens;
    bodyStart = saved.bodyStart;
    pending = saved.pending && { ...saved.pending, words: [...saved.pending.words], groups: [...saved.pending.groups] };
  }

  function define(from: number, afterKeyword: number, stop: number): void {
    const head = /^\s+([A-Za-z_]\w*)(\(([^)]*)\))?/.exec(text.slice(afterKeyword, stop));
    if (!head) return;
    const parameters = head[2] === undefined ? undefined : head[3]!.replace(/\\\r?\n/g, ' ').split(',').map((p) => p.trim());
    items.push({
      kind: 'macro',
      name: head[1]!,
      start: from,
      end: stop,
      body: afterKeyword + head[0].length,
      isStatic: false,
      conditions: [...conditions],
      ...(parameters && { parameters: parameters.length === 1 && parameters[0] === '' ? [] : parameters }),
    });
  }

  function typedefName(p: Pending): string {
    if (bodyStart < 0 && p.groups.length > 0) {
      // typedef int (*name)(args) or typedef int name(args)
      const inner = /\(\s*\*\s*(\w+)\s*\)/.exec(text.slice(p.start, p.groupEnd));
      return inner?.[1] ?? p.groups.find((g) => g !== '') ?? '';
    }
    return p.words[p.words.length - 1] ?? '';
  }

  function isTagName(p: Pending, tag: number): boolean {
    const name = p.words[tag + 1];
    return name !== undefined && !attributeWithArguments.test(name) && !/^__(packed|aligned|randomize_layout)$/.test(name);
  }

  function trailingName(p: Pending): string | undefined {
    if (p.last === '}') return undefined;
    const name = p.words[p.words.length - 1]!;
    return /^_{2,4}(packed|aligned|cacheline|randomize|attribute|ro_after|read_mostly|init)/.test(name) ? undefined : name;
  }

  function functionName(p: Pending): string {
    const name = p.groups.find((g) => g !== '' && !attributeWithArguments.test(g)) ?? '';
    // `struct s *NAME(…)` is a function of that name; a macro that defines one stands alone.
    if (!isDefiningMacro(name) || p.words.some((w) => w !== name && w !== 'static' && !w.startsWith('__'))) return name;
    const first = /^\(\s*(\w+)/.exec(text.slice(p.groupStart, p.groupStart + 200));
    const prefix = /^(COMPAT_)?SYSCALL_DEFINE/.exec(name) ? (name.startsWith('COMPAT') ? 'compat_sys_' : 'sys_') : '';
    return prefix + (first?.[1] ?? name);
  }

  function isDefiningMacro(name: string): boolean {
    return /^(COMPAT_)?SYSCALL_DEFINE\d$|^[A-Z][A-Z0-9_]+$/.test(name);
  }

  function startsLine(from: number): boolean {
    let i = from - 1;
    while (i >= 0 && (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9)) i--;
    return i < 0 || text.charCodeAt(i) === 10 || text.charCodeAt(i) === 47;
  }

  function skipComment(from: number): number {
    const second = text.charCodeAt(from + 1);
    if (second === 42) {
      const close = text.indexOf('*/', from + 2);
      return close < 0 ? end : close + 2;
    }
    if (second === 47) {
      const close = text.indexOf('\n', from);
      return close < 0 ? end : close;
    }
    return from;
  }

  function skipQuoted(from: number): number {
    const quote = text.charCodeAt(from);
    let i = from + 1;
    while (i < end) {
      const c = text.charCodeAt(i);
      if (c === 92) i += 2;
      else if (c === quote) return i + 1;
      else if (c === 10) return i;
      else i++;
    }
    return end;
  }

  function skipBraces(from: number): number {
    let level = 0;
    let i = from;
    while (i < end) {
      const c = text.charCodeAt(i);
      if (c === 123) level++;
      else if (c === 125 && --level === 0) return i + 1;
      else if (c === 34 || c === 39) {
        i = skipQuoted(i);
        continue;
      } else if (c === 47 && skipComment(i) > i) {
        i = skipComment(i);
        continue;
      }
      i++;
    }
    return end;
  }

  function skipBrackets(from: number): number {
    const close = text.indexOf(']', from);
    return close < 0 ? end : close + 1;
  }
}

function directiveText(raw: string): string {
  return raw
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\/\/.*/g, '')
    .replace(/\\\r?\n/g, ' ')
    .replace(/\bdefined\s*\(\s*(\w+)\s*\)|\bdefined\s+(\w+)/g, (_m, a?: string, b?: string) => a ?? b ?? '')
    .replace(/\bIS_(?:ENABLED|BUILTIN|REACHABLE)\s*\(\s*(\w+)\s*\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The opposite of a condition, in the same notation; twice gives the condition back. */
export function negate(condition: string): string {
  const inner = /^!\((.*)\)$/.exec(condition);
  if (inner) return inner[1]!;
  if (/^!\w+$/.test(condition)) return condition.slice(1);
  return /^\w+$/.test(condition) ? `!${condition}` : `!(${condition})`;
}

function isWordStart(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c === 36;
}

export { directiveText };
