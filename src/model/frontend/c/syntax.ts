import { Language, Parser, type TreeCursor } from 'web-tree-sitter';

/**
 * A syntax node as plain data. Kept are named nodes and the tokens that a field names (operators); offsets are of the
 * whole file.
 */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly field: string | undefined;
  readonly children: readonly Node[];
}

export interface Syntax {
  readonly root: Node;
  /** Offsets of ERROR and MISSING nodes, and of what is nested too deep. */
  readonly errors: readonly number[];
}

/** No code of the kernel nests deeper than a fifth of this; what does could not be walked by recursion. */
const deepest = 500;
/** No item of the kernel that is parsed is longer. */
const longest = 1_000_000;
const errorType = 65535;

/** Parses rewritten C with tree-sitter. One instance serves a whole session. */
export class SyntaxParser {
  /** By the number of a type: kept are named nodes, but not comments. */
  private readonly isKept: readonly boolean[];

  private constructor(
    private readonly parser: Parser,
    language: Language,
    private readonly types = language.types,
    private readonly fields = language.fields,
  ) {
    this.isKept = types.map((type, id) => language.nodeTypeIsNamed(id) && type !== 'comment');
  }

  static async load(runtimeWasm: Uint8Array, grammarWasm: Uint8Array): Promise<SyntaxParser> {
    await Parser.init({ wasmBinary: runtimeWasm, locateFile: (name: string) => name });
    const language = await Language.load(grammarWasm);
    const parser = new Parser();
    parser.setLanguage(language);
    return new SyntaxParser(parser, language);
  }

  /** `offset` is where `text` begins in its file. */
  parse(text: string, offset: number): Syntax {
    if (text.length > longest)
      return {
        root: { type: 'translation_unit', start: offset, end: offset + text.length, field: undefined, children: [] },
        errors: [offset],
      };
    const tree = this.parser.parse(text);
    if (!tree) throw new Error('the parser gave no tree');
    const errors: number[] = [];
    const cursor = tree.walk();
    const root = this.read(cursor, cursor.nodeTypeId, 0, 0, { offset, errors, hasErrors: tree.rootNode.hasError });
    cursor.delete();
    tree.delete();
    return { root, errors };
  }

  /** The node a cursor stands at, with what is in it. Each question to the cursor is a call into wasm: few are asked. */
  private read(cursor: TreeCursor, id: number, fieldId: number, depth: number, into: Reading): Node {
    const start = cursor.startIndex + into.offset;
    const end = cursor.endIndex + into.offset;
    const children: Node[] = [];
    if (into.hasErrors && (id === errorType || (start === end && cursor.nodeIsMissing))) into.errors.push(start);
    if (depth === deepest) {
      if (end - start > 1 && cursor.gotoFirstChild()) {
        into.errors.push(start);
        cursor.gotoParent();
      }
    } else if (cursor.gotoFirstChild()) {
      do {
        const child = cursor.nodeTypeId;
        const field = cursor.currentFieldId;
        if (child === errorType || this.isKept[child] || (field !== 0 && this.types[child] !== 'comment'))
          children.push(this.read(cursor, child, field, depth + 1, into));
        else if (into.hasErrors && cursor.startIndex === cursor.endIndex && cursor.nodeIsMissing)
          into.errors.push(cursor.startIndex + into.offset);
      } while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    return { type: this.types[id] ?? 'ERROR', start, end, field: this.fields[fieldId] ?? undefined, children };
  }
}

interface Reading {
  readonly offset: number;
  readonly errors: number[];
  readonly hasErrors: boolean;
}

export function childOf(node: Node, field: string): Node | undefined {
  for (const child of node.children) if (child.field === field) return child;
  return undefined;
}
