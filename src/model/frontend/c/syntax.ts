import { Language, Parser } from 'web-tree-sitter';

/**
 * A syntax node as plain data. Kept are named nodes and the tokens that a field names (operators); offsets are of the
 * whole file. `bad` counts the places in it that the grammar could not read.
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
  /** Offsets of ERROR and MISSING nodes. */
  readonly errors: readonly number[];
}

/** Parses rewritten C with tree-sitter. One instance serves a whole session. */
export class SyntaxParser {
  private constructor(
    private readonly parser: Parser,
    private readonly types: readonly string[],
    private readonly fields: readonly (string | null)[],
  ) {}

  static async load(runtimeWasm: Uint8Array, grammarWasm: Uint8Array): Promise<SyntaxParser> {
    await Parser.init({ wasmBinary: runtimeWasm, locateFile: (name: string) => name });
    const language = await Language.load(grammarWasm);
    const parser = new Parser();
    parser.setLanguage(language);
    return new SyntaxParser(parser, language.types, language.fields);
  }

  /** `offset` is where `text` begins in its file. */
  parse(text: string, offset: number): Syntax {
    const tree = this.parser.parse(text);
    if (!tree) throw new Error('the parser gave no tree');
    const errors: number[] = [];
    const cursor = tree.walk();
    const { types, fields } = this;
    const read = (): Node => {
      const id = cursor.nodeTypeId;
      const type = types[id] ?? 'ERROR';
      const start = cursor.startIndex + offset;
      const end = cursor.endIndex + offset;
      if (id === 65535 || (start === end && cursor.nodeIsMissing)) errors.push(start);
      const fieldId = cursor.currentFieldId;
      const field = fieldId ? (fields[fieldId] ?? undefined) : undefined;
      const children: Node[] = [];
      if (cursor.gotoFirstChild()) {
        do {
          if (cursor.nodeIsNamed || cursor.currentFieldId) {
            if (types[cursor.nodeTypeId] !== 'comment') children.push(read());
          } else if (cursor.startIndex === cursor.endIndex && cursor.nodeIsMissing) errors.push(cursor.startIndex + offset);
        } while (cursor.gotoNextSibling());
        cursor.gotoParent();
      }
      return { type, start, end, field, children };
    };
    const root = read();
    cursor.delete();
    tree.delete();
    return { root, errors };
  }
}

export function childOf(node: Node, field: string): Node | undefined {
  for (const child of node.children) if (child.field === field) return child;
  return undefined;
}
