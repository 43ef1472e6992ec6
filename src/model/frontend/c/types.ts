import { definesGuard } from './guards.ts';
import { lockDefiners } from './kernel-names.ts';
import { rewrite } from './rewrite.ts';
import { childOf, type Node, type SyntaxParser } from './syntax.ts';
import type { Definition, Unit } from './unit.ts';

/** A C type as far as locking needs it: a base name (`struct kvm`, `spinlock_t`, `int`) and how often it is pointed to. */
export interface CType {
  readonly name: string;
  /** Pointers and array dimensions. */
  readonly depth: number;
}

export interface Field {
  readonly type: CType;
  /** Name of the aggregate that declares it: the outer one for members of an unnamed struct or union. */
  readonly owner: string;
  /** The field holds its elements: it is no pointer to them. */
  readonly isArray: boolean;
}

export const unknownType: CType = { name: '', depth: 0 };

/** Typedefs of typedefs that are followed: what goes on may go in a circle. */
const longestTypedefChain = 16;

/** Answers types by parsing one declaration at a time, and remembers the answers. */
export class Types {
  private readonly aggregates = new Map<string, Map<string, Field> | undefined>();
  /** Aggregates without a tag, by where they stand: `struct a.u{}`. */
  private readonly inline = new Map<string, Map<string, Field>>();
  /** Aggregates that the function being read defines itself. */
  private readonly local = new Map<string, Map<string, Field>>();
  /** Definitions inside which a tag is defined that has none of its own. */
  private nested: ReadonlyMap<string, readonly Definition[]> | undefined;
  /** What functions return, by their names and the files that have them. */
  private readonly returns = new Map<string, Map<string, CType>>();
  private readonly globals = new Map<string, CType>();

  constructor(
    private readonly unit: Unit,
    private readonly parser: SyntaxParser,
  ) {}

  /** A function begins: what another one defined for itself is out of scope. */
  begin(): void {
    this.local.clear();
  }

  /** These functions are not what they were. */
  forget(functions: ReadonlySet<string>): void {
    for (const name of functions) this.returns.delete(name);
  }

  /** Field of an aggregate, with typedefs followed; undefined if either is not known. */
  field(base: string, name: string): Field | undefined {
    return this.fields(this.resolve(base))?.get(name);
  }

  fields(base: string): ReadonlyMap<string, Field> | undefined {
    const own = this.local.get(base) ?? this.inline.get(base);
    if (own) return own;
    if (this.aggregates.has(base)) return this.aggregates.get(base);
    let fields: Map<string, Field> | undefined;
    const tag = /^(?:struct|union) (\w+)$/.exec(base)?.[1];
    const named = tag === undefined ? this.unit.lookup('typedef', base) : this.unit.lookup('struct', tag);
    for (const definition of named.length > 0 || tag === undefined ? named : this.definitionsAround(tag)) {
      const parsed = this.parseAggregate(definition, base, named.length > 0 ? undefined : tag);
      if (!parsed || parsed.size === 0) continue;
      // Two definitions under opposite conditions: what only one of them has is known all the same.
      if (fields) for (const [name, field] of parsed) if (!fields.has(name)) fields.set(name, field);
      fields ??= parsed;
    }
    this.aggregates.set(base, fields);
    return fields;
  }

  /** What a function (or a function-like macro's namesake) returns, that which a file sees where headers have several. */
  returnType(name: string, from: string): CType {
    const definition =
      this.unit.functions(name, from)[0] ?? this.unit.lookup('function', name)[0] ?? this.unit.lookup('prototype', name)[0];
    if (!definition) return unknownType;
    let known = this.returns.get(name);
    if (!known) this.returns.set(name, (known = new Map()));
    let type = known.get(definition.file.path);
    if (!type) known.set(definition.file.path, (type = this.returnedBy(definition)));
    return type;
  }

  private returnedBy({ file, item }: Definition): CType {
    const end = item.body > item.start ? item.body : item.end;
    const head = file.text.slice(item.start, end).replace(/;\s*$/, '');
    const root = this.parser.parse(rewrite(`${head}{}`).text, 0).root;
    const node = root.children.find((child) => child.type === 'function_definition' || child.type === 'declaration');
    if (!node) return unknownType;
    const specifier = childOf(node, 'type');
    const base = specifier ? this.named(specifier, head, '') : unknownType;
    const declarator = childOf(node, 'declarator');
    return { name: base.name, depth: base.depth + (declarator ? pointersAbove(declarator, 'function_declarator') : 0) };
  }

  /** Type of a global variable, unknown if there is none of this name. */
  global(name: string, from: string): CType {
    const found = this.unit.lookup('variable', name);
    const definition = found.find((d) => d.file.path === from) ?? found[0];
    if (!definition) return this.macroDefined(name);
    const key = `${definition.file.path}:${name}`;
    const known = this.globals.get(key);
    if (known) return known;
    const { file, item } = definition;
    const perCpu = /^[\w\s]*\bDEFINE_\w+\(\s*((?:struct\s+|union\s+)?\w+)\s*(\**)\s*,/.exec(file.text.slice(item.start, item.start + 200));
    if (perCpu) return this.resolved({ name: perCpu[1]!.replace(/\s+/g, ' '), depth: perCpu[2]!.length });
    const assigned = file.text.indexOf('=', item.start);
    const cut = item.body > 0 && assigned > 0 && assigned < item.end ? assigned : item.end;
    const source = file.text.slice(item.start, cut) + (cut === assigned ? ';' : '');
    const root = this.parser.parse(rewrite(source).text, 0).root;
    let type = unknownType;
    for (const node of root.children) {
      const specifier = node.type === 'declaration' ? childOf(node, 'type') : undefined;
      if (!specifier) continue;
      const isOne = found.filter((d) => d.item.isStatic).length < 2;
      const base = this.named(specifier, source, isOne ? name : `${name} (${file.path})`, `${file.path}:${name}`);
      for (const declarator of node.children) {
        if (declarator.field !== 'declarator') continue;
        const declared = declare(declarator, source);
        if (declared.name === name) type = { name: base.name, depth: base.depth + declared.depth };
      }
    }
    this.globals.set(key, type);
    return type;
  }

  /** A global that a macro defines: DEFINE_MUTEX(name), DEFINE_PER_CPU(type, name). */
  private macroDefined(name: string): CType {
    for (const { file, item } of this.unit.definedByMacro(name)) {
      if (definesGuard(item.name)) continue;
      const lock = lockDefiners.get(item.name);
      if (lock !== undefined) return { name: lock, depth: 0 };
      const found = /^\(\s*((?:struct\s+|union\s+)?\w+)\s*(\**)\s*,/.exec(file.text.slice(item.body, item.end));
      if (found) return this.resolved({ name: found[1]!.replace(/\s+/g, ' '), depth: found[2]!.length });
    }
    return unknownType;
  }

  /** Type that a specifier node inside a function names, with typedefs followed. `source` is the text the node's offsets are of. */
  specifier(declaration: Node, source: string): CType {
    const type = childOf(declaration, 'type');
    const tag = type && childOf(type, 'body') && childOf(type, 'name');
    if (tag) {
      const name = `${type.type === 'struct_specifier' ? 'struct' : 'union'} ${source.slice(tag.start, tag.end)}`;
      const fields = new Map<string, Field>();
      this.local.set(name, fields);
      this.members(childOf(type, 'body')!, source, name, fields);
    }
    return type ? this.named(type, source, '') : unknownType;
  }

  /** Type of a `type_descriptor`: a cast, an argument of sizeof. */
  descriptor(node: Node, source: string): CType {
    const base = this.specifier(node, source);
    const declarator = childOf(node, 'declarator');
    return { name: base.name, depth: base.depth + (declarator ? depthOf(declarator) : 0) };
  }

  /** A type written as text: `struct kvm`, `struct kvm *`. */
  written(text: string): CType {
    const stars = text.split('*').length - 1;
    const name = text
      .replace(/\b(const|volatile)\b|\*/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    return this.resolved({ name, depth: stars });
  }

  /** `inside` owns the members of an aggregate without a tag, which is itself known by `place`. */
  private named(node: Node, source: string, inside: string, place = inside): CType {
    if (node.type === 'struct_specifier' || node.type === 'union_specifier') {
      const tag = childOf(node, 'name');
      if (tag) return { name: `${node.type === 'struct_specifier' ? 'struct' : 'union'} ${source.slice(tag.start, tag.end)}`, depth: 0 };
      const body = childOf(node, 'body');
      const name = `${place}{}`;
      if (body && inside !== '') {
        const fields = new Map<string, Field>();
        this.members(body, source, inside, fields);
        this.inline.set(name, fields);
      }
      return { name, depth: 0 };
    }
    if (node.type === 'enum_specifier') return { name: 'int', depth: 0 };
    return this.resolved({ name: source.slice(node.start, node.end), depth: 0 });
  }

  private resolve(base: string): string {
    return this.resolved({ name: base, depth: 0 }).name;
  }

  /** Follows typedefs to an aggregate, but stops at names the locking API knows. */
  private resolved(type: CType, seen = 0): CType {
    if (
      type.name.includes(' ') ||
      type.name.includes('{') ||
      type.name.includes('.') ||
      (/_t$/.test(type.name) && /lock/.test(type.name)) ||
      seen >= longestTypedefChain
    )
      return type;
    const definition = this.unit.lookup('typedef', type.name)[0];
    if (!definition) return type;
    const head = definition.file.text.slice(definition.item.start, definition.item.end);
    if (definition.item.body >= 0) {
      const declared = declarators(head.slice(head.lastIndexOf('}') + 1));
      const depth = type.depth + (declared.get(type.name) ?? 0);
      const tag = /^typedef\s+(struct|union)\s+(?:__\w+\s+)?(\w+)\s*\{/.exec(head);
      if (tag) return { name: `${tag[1]!} ${tag[2]!}`, depth };
      // An unnamed struct goes by its first name.
      const plain = [...declared].find(([, stars]) => stars === 0);
      return { name: plain?.[0] ?? type.name, depth };
    }
    const base = /^typedef\s+(?:const\s+)?((?:struct|union)\s+\w+|\w+)\b(.*)$/s.exec(head);
    const depth = base ? declarators(base[2]!).get(type.name) : undefined;
    if (!base || depth === undefined) return type;
    return this.resolved({ name: base[1]!.replace(/\s+/g, ' '), depth: type.depth + depth }, seen + 1);
  }

  /** Definitions of aggregates and variables with the definition of another tag in them. */
  private definitionsAround(tag: string): readonly Definition[] {
    if (!this.nested) {
      const nested = new Map<string, Definition[]>();
      for (const kind of ['struct', 'typedef', 'variable'] as const) {
        for (const definition of this.unit.each(kind)) {
          const { file, item } = definition;
          if (item.body < 0) continue;
          for (const [, inner] of file.text.slice(item.body, item.end).matchAll(/\b(?:struct|union)\s+(\w+)\s*\{/g)) {
            const known = nested.get(inner!);
            if (known) known.push(definition);
            else nested.set(inner!, [definition]);
          }
        }
      }
      this.nested = nested;
    }
    return this.nested.get(tag) ?? [];
  }

  /** Members of the aggregate that an item defines, or of the one with a tag inside it. */
  private parseAggregate({ file, item }: Definition, name: string, tag: string | undefined): Map<string, Field> | undefined {
    const source = file.text.slice(item.start, item.end);
    const root = this.parser.parse(rewrite(source).text, 0).root;
    const body = tag === undefined ? findBody(root) : findTagged(root, tag, source);
    if (!body) return undefined;
    const fields = new Map<string, Field>();
    this.members(body, source, name, fields);
    return fields;
  }

  private members(body: Node, source: string, owner: string, into: Map<string, Field>): void {
    for (const child of body.children) {
      if (child.type.startsWith('preproc_')) {
        this.members(child, source, owner, into);
        continue;
      }
      if (child.type !== 'field_declaration') continue;
      const type = childOf(child, 'type');
      if (!type) continue;
      const declarators = child.children.filter((c) => c.field === 'declarator').map((c) => declare(c, source));
      const body = childOf(type, 'body');
      if (declarators.length === 0 && body) {
        this.members(body, source, owner, into);
        continue;
      }
      const inside = `${owner}.${declarators[0]?.name ?? ''}`;
      const base = this.named(type, source, inside);
      // The rewrite made one number of it.
      const isBitmap = source.startsWith('DECLARE_BITMAP', type.start);
      for (const d of declarators)
        into.set(d.name, { type: { name: base.name, depth: base.depth + d.depth }, owner, isArray: d.isArray || isBitmap });
    }
  }
}

/** Names of declarators in parentheses-free text such as `x, *y;`, and how many pointers and dimensions each adds. */
function declarators(text: string): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const part of text.replace(/;\s*$/, '').split(',')) {
    const match = /(?:^|[\s*)])(\w+)\s*((?:\[[^\]]*\]\s*)*)$/.exec(part);
    if (match) depths.set(match[1]!, part.split('*').length + match[2]!.split('[').length - 2);
  }
  return depths;
}

function findBody(node: Node): Node | undefined {
  for (const child of node.children) {
    if (child.type === 'struct_specifier' || child.type === 'union_specifier') {
      const body = childOf(child, 'body');
      if (body) return body;
    }
    const inner = child.type === 'type_definition' || child.type === 'declaration' || child.type === 'ERROR' ? findBody(child) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

/** Body of the aggregate with this tag. */
function findTagged(node: Node, tag: string, source: string): Node | undefined {
  const name = node.type === 'struct_specifier' || node.type === 'union_specifier' ? childOf(node, 'name') : undefined;
  if (name && source.slice(name.start, name.end) === tag && childOf(node, 'body')) return childOf(node, 'body');
  for (const child of node.children) {
    const found = findTagged(child, tag, source);
    if (found) return found;
  }
  return undefined;
}

/** Name a declarator declares, how many pointers and dimensions it adds, and whether it declares an array. */
export function declare(node: Node, source: string): { name: string; depth: number; isArray: boolean } {
  let depth = 0;
  let isArray = false;
  let at: Node | undefined = node;
  while (at) {
    if (at.type === 'identifier' || at.type === 'field_identifier' || at.type === 'type_identifier')
      return { name: source.slice(at.start, at.end), depth, isArray };
    if (at.type === 'pointer_declarator' || at.type === 'array_declarator') {
      depth++;
      isArray = at.type === 'array_declarator';
    }
    at =
      childOf(at, 'declarator') ??
      at.children.find((child) => child.type.endsWith('declarator') || child.type === 'identifier' || child.type === 'field_identifier');
  }
  return { name: '', depth, isArray };
}

function depthOf(declarator: Node): number {
  const inner = childOf(declarator, 'declarator');
  const own = declarator.type === 'abstract_pointer_declarator' || declarator.type === 'abstract_array_declarator' ? 1 : 0;
  return own + (inner ? depthOf(inner) : 0);
}

function pointersAbove(declarator: Node, stop: string): number {
  if (declarator.type === stop) return 0;
  const inner = childOf(declarator, 'declarator');
  return (declarator.type === 'pointer_declarator' ? 1 : 0) + (inner ? pointersAbove(inner, stop) : 0);
}
