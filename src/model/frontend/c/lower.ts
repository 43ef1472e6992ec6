import { assertApi } from '../../ir/lock-api.ts';
import { ANY, POSITIVE, type Condition, type FunctionIr, type Step } from '../../ir/program.ts';
import type { Range } from '../../source/location.ts';
import { unknownValue, type Value } from './calls.ts';
import { directiveText, negate } from './directive.ts';
import { type Expressions, parametersOf } from './expressions.ts';
import { argumentsOf, type Frame, peel, Scope, placeText, text } from './frame.ts';
import type { Target, Region } from './graph.ts';
import { storedByInitializer } from './initializers.ts';
import { flattenCommas, isScope } from './loops.ts';
import { rewrite } from './rewrite.ts';
import type { Reach } from './side-effects.ts';
import { childOf, type Node, type SyntaxParser } from './syntax.ts';
import type { Definition } from './unit.ts';
import { ValueLowering } from './values.ts';

/**
 * Lowers one function definition to the IR; offsets count from the function's start. `reach` tells whether a name, if it
 * is a macro or an inline of a header, can reach a lock, or sleep: all others are not worth a step.
 */
export function lowerFunction(
  definition: Definition,
  expressions: Expressions,
  parser: SyntaxParser,
  reach: (name: string) => Reach,
): FunctionIr {
  return lowerWith(new Lowering(frameOf(definition), expressions, reach), definition, expressions, parser);
}

/** The frame of a function's own text. */
export function frameOf({ file, item }: Definition): Frame {
  return { source: file.text.slice(item.start, item.end), file: file.path, depth: 0 };
}

/** Has a lowering read a function, which nothing was read with yet. */
export function lowerWith(lowering: Lowering, definition: Definition, expressions: Expressions, parser: SyntaxParser): FunctionIr {
  const { file, item } = definition;
  const { source } = frameOf(definition);
  const rewritten = rewrite(source);
  const errors: number[] = [];
  for (const reading of rewritten.alternative === undefined ? [rewritten.text] : [rewritten.text, rewritten.alternative]) {
    const syntax = parser.parse(reading, 0);
    errors.push(...syntax.errors);
    const node = find(syntax.root, 'function_definition');
    if (node) lowering.function(node);
    else errors.push(0);
  }
  const blocks = lowering.finish();
  const seen = new Map<string, Step>();
  for (const block of blocks) {
    for (const step of block.steps) if (step.kind !== 'assign') seen.set(stepKey(step), step);
  }
  return {
    name: item.name,
    file: file.path,
    isStatic: item.isStatic,
    ...(expressions.unit.isHosted(file.path) && { isHosted: true }),
    range: { start: 0, end: source.length },
    ...(lowering.firstStatement !== undefined && { firstStatement: lowering.firstStatement }),
    parameters: lowering.parameters,
    returns: lowering.returns,
    notes: lowering.notes,
    blocks,
    conditions: expressions.unit.conditionsOf(definition) ?? [],
    syntaxErrors: [...new Set(errors)],
    ...(lowering.cuts.length > 0 && { cuts: lowering.cuts }),
    stored: lowering.stored,
    ...(lowering.passedOn.length > 0 && { passedOn: lowering.passedOn }),
    ...(lowering.tables.length > 0 && { tables: lowering.tables }),
    ...lowering.elsewhere(),
    annotated: lowering.annotated,
    ...(lowering.made.length > 0 && { made: lowering.made }),
    ...(lowering.ledToObjects.length > 0 && { aliases: lowering.ledToObjects }),
    pointers: [...lowering.pointers].map(([variable, type]) => ({ variable, type })),
    steps: [...seen.values()].sort((a, b) => a.at.start - b.at.start),
  };
}

/** The same for a step of either reading; what one macro call expands to is all at one place. */
function stepKey(step: Step): string {
  const what =
    'lock' in step
      ? step.lock.place
      : step.kind === 'call'
        ? (step.name ?? JSON.stringify(step.pointer))
        : step.kind === 'sleep' || step.kind === 'await' || step.kind === 'complete'
          ? step.name
          : step.kind === 'access'
            ? `${step.access}${step.text}`
            : step.kind === 'assert'
              ? step.asserted.place
              : '';
  return `${step.kind}:${step.at.start}:${what}`;
}

/** Notes to sparse by which a function takes, gives back or needs locks of its caller's. */
const sparseNotes = /\b__(must_hold|acquires|cond_acquires|releases)\w*\(([^()]*(?:\([^()]*\)[^()]*)*)\)/g;

/** Cases beyond which what `default` excludes is not kept. */
const manyCases = 16;

/** Statements as control flow. */
export class Lowering extends ValueLowering {
  parameters: string[] = [];
  returns: FunctionIr['returns'] = 'number';
  notes: FunctionIr['notes'] = [];
  firstStatement: number | undefined;
  private labels = new Map<string, Target>();
  private gotos: { from: number; label: string; region: Region }[] = [];

  /** Lowers one reading of the function; a second one becomes another way through it. */
  function(node: Node): void {
    const entry = this.open();
    this.edge(0, entry);
    this.current = entry;
    this.labels = new Map();
    this.gotos = [];
    const scope = new Scope();
    this.parameters = [];
    if (childOf(node, 'declarator')?.type === 'pointer_declarator') this.returns = 'pointer';
    else if (text(childOf(node, 'type'), this.frame) === 'void') this.returns = 'nothing';
    for (const p of parametersOf(node, this.frame, this.x.types)) {
      scope.declare(p.name, { type: p.type, parameter: p.index, functions: [], lock: undefined });
      this.parameters[p.index] = p.name;
      this.pointsTo(p.name, p.type);
    }
    this.region = { scope, cleanups: [], outer: undefined };
    this.note(childOf(node, 'body')?.start ?? node.end);
    const body = childOf(node, 'body');
    if (body) {
      this.firstStatement ??= this.endOfDeclarations(body);
      this.statement(body);
    }
    this.return(undefined, { start: node.end - 1, end: node.end });
    for (const goto of this.gotos) {
      const target = this.labels.get(goto.label);
      if (!target) continue;
      this.current = goto.from;
      this.leave(goto.region, target.region);
      this.edge(this.current, target.block);
    }
  }

  /** Where a block's first statement begins. A macro in capital letters counts as a declaration, if no blank line parts it from those. */
  private endOfDeclarations({ children, start, end }: Node): number {
    let before = start + 1;
    for (const { type, children: own, ...node } of children) {
      const isMacro = own[0]?.type === 'call_expression' && /^[A-Z][A-Z0-9_]*$/.test(text(childOf(own[0], 'function'), this.frame));
      const isApart = /\n[ \t]*\r?\n/.test(this.frame.source.slice(before, node.start));
      const declares = type === 'expression_statement' ? isMacro && !isApart : /^(?:declaration|type_definition)$|_specifier$/.test(type);
      if (!declares) return node.start;
      before = node.end;
    }
    return end - 1;
  }

  /** Notes to sparse in the function's head, which ends here. */
  private note(end: number): void {
    const found = this.frame.source.slice(0, end).matchAll(sparseNotes);
    this.notes = [...found].flatMap((note) => {
      const [, word, place] = note;
      const parsed = this.x.statements(`f(${place!.trim()})`);
      const call = parsed?.block.children[0]?.children[0];
      const argument = call && argumentsOf(call)[0];
      if (!argument) return [];
      const lock = this.x.lockAt(argument, { ...this.frame, source: parsed.source, depth: 1 }, this.region.scope, 'mutex');
      const at = { start: note.index, end: note.index + note[0].length };
      if (word === 'must_hold') this.emit({ kind: 'assert', at, asserted: lock, name: '__must_hold' });
      return [{ does: word === 'must_hold' ? 'hold' : word === 'releases' ? 'release' : 'acquire', lock }];
    });
  }

  protected override call(node: Node): Value {
    const callee = childOf(node, 'function');
    const name = callee?.type === 'identifier' ? text(callee, this.frame) : '';
    const known = assertApi.get(name);
    const argument = known && argumentsOf(node)[0];
    if (!argument) return super.call(node);
    const asserted = this.x.lockAt(argument, this.frame, this.region.scope, 'mutex');
    this.emit({ kind: 'assert', at: this.at(node), asserted, ...known, name });
    return unknownValue;
  }

  protected override statement(node: Node): void {
    switch (node.type) {
      case 'compound_statement':
        this.block(node);
        break;
      case 'expression_statement':
        if (node.children[0]?.type === 'call_expression') this.x.declareByMacro(node.children[0], this.frame, this.region.scope);
        // What a macro has as a statement may be its value.
        this.statementCall = this.frame.depth === 0 ? node.children[0] : undefined;
        if (node.children[0]) this.expression(node.children[0]);
        break;
      case 'declaration':
        this.declaration(node);
        break;
      case 'if_statement':
        this.ifStatement(node);
        break;
      case 'while_statement':
        this.whileStatement(node);
        break;
      case 'do_statement':
        this.doStatement(node);
        break;
      case 'for_statement':
        this.forStatement(node);
        break;
      case 'switch_statement':
        this.switchStatement(node);
        break;
      case 'return_statement':
        this.return(node.children[0], this.at(node));
        this.current = this.open();
        break;
      case 'goto_statement': {
        const label = text(node.children[0], this.frame);
        this.gotos.push({ from: this.current, label, region: this.region });
        this.current = this.open();
        break;
      }
      case 'labeled_statement': {
        const next = this.open();
        this.edge(this.current, next);
        this.current = next;
        this.labels.set(text(childOf(node, 'label'), this.frame), { block: next, region: this.region });
        for (const child of node.children) if (child.field !== 'label') this.statement(child);
        break;
      }
      case 'break_statement':
        this.jump(this.breaks[this.breaks.length - 1]);
        break;
      case 'continue_statement':
        this.jump(this.continues[this.continues.length - 1]);
        break;
      case 'case_statement':
        for (const child of node.children) if (child.field !== 'value') this.statement(child);
        break;
      case 'preproc_if':
      case 'preproc_ifdef':
      case 'preproc_elif':
      case 'preproc_elifdef':
        this.conditional(node);
        break;
      case 'preproc_else':
        for (const child of node.children) this.statement(child);
        break;
      case 'attributed_statement':
      case 'else_clause':
      case 'ERROR':
        for (const child of node.children) this.statement(child);
        break;
      default:
        if (node.type.endsWith('_expression') || node.type === 'identifier') this.expression(node);
    }
  }

  protected override block(node: Node): void {
    this.inside(() => {
      for (const child of node.children) this.statement(child);
    });
  }

  private conditional(node: Node): void {
    const named = childOf(node, 'name');
    const ifndef = /^#\s*(ifndef|elifndef)/.test(this.frame.source.slice(node.start, node.start + 12));
    const raw = directiveText(text(named ?? childOf(node, 'condition'), this.frame));
    const condition = ifndef ? negate(raw) : raw;
    const after = this.open();
    const other = childOf(node, 'alternative');
    const yes = this.open();
    this.edgeUnder(this.current, yes, [condition]);
    const no = this.open();
    this.edgeUnder(this.current, no, [negate(condition)]);
    this.current = yes;
    for (const child of node.children)
      if (child !== other && child !== named && child.field !== 'condition' && child.field !== 'name') this.statement(child);
    this.edge(this.current, after);
    this.current = no;
    if (other) this.statement(other);
    this.edge(this.current, after);
    this.current = after;
  }

  private declaration(node: Node): void {
    for (const { name, value } of this.x.declareAll(node, this.frame, this.region.scope)) {
      const type = this.region.scope.find(name)!.type;
      this.pointsTo(name, type);
      if (value?.type === 'initializer_list') {
        const { functions, tables } = storedByInitializer(value, type, this.x, this.frame, this.region.scope);
        this.stored.push(...functions);
        this.tables.push(...tables);
        this.initial(value);
      } else if (value) this.assign(name, value, node);
    }
  }

  /** The values that a local aggregate begins with; they are no step. */
  protected initial(_list: Node): void {}

  private ifStatement(node: Node): void {
    const yes = this.open();
    const no = this.open();
    const after = this.open();
    const condition = childOf(node, 'condition');
    if (this.isGuardLoop(node)) {
      this.guardedStatement(node, condition, childOf(node, 'consequence'));
      return;
    }
    if (condition) this.branch(condition, yes, no);
    this.current = yes;
    this.body(childOf(node, 'consequence'));
    this.edge(this.current, after);
    this.current = no;
    this.body(childOf(node, 'alternative'));
    this.edge(this.current, after);
    this.current = after;
  }

  private body(node: Node | undefined): void {
    if (node) this.inside(() => this.statement(node));
  }

  private isGuardLoop(node: Node): boolean {
    return /^scoped_(cond_)?guard\b/.test(this.frame.source.slice(node.start, node.start + 18));
  }

  private whileStatement(node: Node): void {
    const condition = childOf(node, 'condition');
    const statement = childOf(node, 'body');
    if (this.isGuardLoop(node)) {
      this.guardedStatement(node, condition, statement);
      return;
    }
    const isMacro = !this.frame.source.startsWith('while', node.start);
    this.loop(
      (yes, no) => {
        if (isMacro) {
          if (condition) this.expression(condition);
          this.edge(this.current, yes);
          this.edge(this.current, no);
          for (const variable of this.iterated(condition)) {
            // There is one each time, and none may be left in the end.
            const isPointer = (this.region.scope.find(variable)?.type.depth ?? 0) > 0;
            const target = { kind: 'assign', at: this.at(node), target: variable, same: '' } as const;
            this.emitTo(yes, { ...target, values: isPointer ? POSITIVE : ANY });
            if (isPointer) this.emitTo(no, { ...target, values: ANY });
          }
        } else if (condition) this.branch(condition, yes, no);
      },
      statement,
      undefined,
      isMacro ? undefined : condition,
    );
  }

  /** Locals that a loop which a macro makes gives a new value each time: `list_for_each_entry(pos, …)`, `hash_for_each(table, i, pos, …)`. */
  private iterated(condition: Node | undefined): readonly string[] {
    const parts = condition?.children[0] ? flattenCommas(condition.children[0]) : [];
    const names = parts.slice(0, 3).flatMap((part) => (part.type === 'identifier' ? [text(part, this.frame)] : []));
    return names.filter((name) => (this.region.scope.find(name)?.parameter ?? 0) < 0);
  }

  private forStatement(node: Node): void {
    this.inside(() => {
      const initializer = childOf(node, 'initializer');
      if (initializer) this.statement(initializer);
      const condition = childOf(node, 'condition');
      const update = childOf(node, 'update');
      if (initializer && update && isScope(text(initializer, this.frame), text(update, this.frame))) {
        this.once(childOf(node, 'body'), update);
        return;
      }
      this.loop(
        (yes, no) => {
          if (condition) this.branch(condition, yes, no);
          else this.edge(this.current, yes);
        },
        childOf(node, 'body'),
        update,
        condition,
      );
    });
  }

  private once(statement: Node | undefined, update: Node): void {
    const after = this.open();
    const step = this.open();
    this.within({ block: after, region: this.region }, { block: step, region: this.region }, () => this.body(statement));
    this.edge(this.current, step);
    this.current = step;
    this.expression(update);
    this.edge(this.current, after);
    this.current = after;
  }

  private loop(test: (yes: number, no: number) => void, statement?: Node, update?: Node, condition?: Node): void {
    const head = this.open();
    const yes = this.open();
    const after = this.open();
    const step = this.open();
    this.edge(this.current, head);
    this.current = head;
    test(yes, after);
    this.current = yes;
    this.within({ block: after, region: this.region }, { block: step, region: this.region }, () => this.body(statement));
    this.edge(this.current, step);
    this.current = step;
    if (update) this.expression(update);
    if (condition) this.comesAgain(condition);
    this.edge(this.current, head);
    this.current = after;
  }

  private doStatement(node: Node): void {
    const head = this.open();
    const test = this.open();
    const after = this.open();
    const condition = childOf(node, 'condition');
    if (condition) this.assumeOrder(condition);
    this.edge(this.current, head);
    this.current = head;
    this.within({ block: after, region: this.region }, { block: test, region: this.region }, () => this.body(childOf(node, 'body')));
    this.edge(this.current, test);
    this.current = test;
    const again = this.open();
    if (condition) this.branch(condition, again, after);
    this.current = again;
    if (condition) this.comesAgain(condition);
    this.edge(again, head);
    this.current = after;
  }

  private switchStatement(node: Node): void {
    const condition = childOf(node, 'condition');
    if (condition) this.expression(condition);
    const from = this.current;
    const after = this.open();
    const statement = childOf(node, 'body');
    const subject = condition && peel(condition, this.frame);
    const place = subject?.type === 'identifier' || subject?.type === 'field_expression' ? placeText(subject, this.frame) : '';
    const compared: Condition[] = [];
    let other = after;
    this.current = this.open();
    const cases = (list: readonly Node[]): void => {
      for (const child of list) {
        if (child.type === 'case_statement') {
          const entry = this.open();
          const value = childOf(child, 'value');
          if (value === undefined) other = entry;
          else {
            const { yes, no } = this.caseOf(value, place);
            this.edge(from, entry, yes);
            compared.push(...no);
          }
          this.edge(this.current, entry);
          this.current = entry;
          // `case A: case B:` nests the second label in the first.
          cases(child.children.filter((c) => c.field !== 'value'));
        } else if (child.type.startsWith('preproc_')) cases(child.children.filter((c) => c.field !== 'name' && c.field !== 'condition'));
        else this.statement(child);
      }
    };
    this.within({ block: after, region: this.region }, undefined, () => this.inside(() => cases(statement?.children ?? [])));
    this.edge(from, other, compared.length > manyCases ? [] : compared);
    this.edge(this.current, after);
    this.current = after;
  }

  private return(value: Node | undefined, at: Range): void {
    const result = value ? this.value(value) : unknownValue;
    this.leave(this.region, undefined);
    this.blocks[this.current]!.returns = { ...result, at };
  }

  private guardedStatement(node: Node, condition: Node | undefined, statement: Node | undefined): void {
    const list = condition?.children[0];
    const parts = list ? flattenCommas(list) : [];
    const conditional = this.frame.source.startsWith('scoped_cond_guard', node.start);
    const head: Node = { ...node, end: condition?.end ?? node.end };
    let failed: number | undefined;
    this.inside(() => {
      failed = this.guard(text(parts[0], this.frame), parts.slice(conditional ? 2 : 1), head);
      if (statement) this.statement(statement);
    });
    if (failed !== undefined && !conditional) this.join(this.current, failed);
  }
}

function find(node: Node, type: string): Node | undefined {
  for (const child of node.children) {
    if (child.type === type) return child;
    const inner = child.type === 'ERROR' || child.type === 'linkage_specification' ? find(child, type) : undefined;
    if (inner) return inner;
  }
  return undefined;
}
