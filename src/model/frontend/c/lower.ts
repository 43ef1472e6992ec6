import { ANY, NEGATIVE, POSITIVE, ZERO, type Argument, type Block, type Condition, type Edge, type FunctionIr, type LockRef, type Step } from '../../ir/program.ts';
import type { Range } from '../../source/location.ts';
import { comparedWithZero } from './conditions.ts';
import { argumentsOf, expandText, operator, parametersOf, peel, placeText, Scope, text, type Expressions, type Frame } from './expressions.ts';
import { storedByInitializer, type Stored } from './initializers.ts';
import { classAnnotations, guards, isAllocation, lockApi, lockTypes, type LockOperation } from './lock-api.ts';
import { rewrite } from './rewrite.ts';
import { directiveText, negate } from './scan.ts';
import { childOf, type Node, type SyntaxParser } from './syntax.ts';
import type { CType } from './types.ts';
import type { Definition } from './unit.ts';

interface OpenBlock {
  steps: Step[];
  next: Edge[];
  returns?: NonNullable<Block['returns']>;
}

/** A C scope while it is open: its names, and what runs when it is left (guards, innermost last). */
interface Region {
  readonly scope: Scope;
  readonly cleanups: Step[];
  readonly outer: Region | undefined;
}

interface Target {
  readonly block: number;
  readonly region: Region;
}

/** What an expression's value is known by. */
interface Value {
  readonly values: number;
  readonly key: string;
}

const unknownValue: Value = { values: ANY, key: '' };
const truth = POSITIVE | NEGATIVE;

/**
 * Lowers one function definition to the IR; offsets count from the function's start. `matters` tells whether a name, if it
 * is a macro or an inline of a header, can reach a lock: all others are not worth a step.
 */
export function lowerFunction(definition: Definition, expressions: Expressions, parser: SyntaxParser, matters: (name: string) => boolean): FunctionIr {
  const { file, item } = definition;
  const source = file.text.slice(item.start, item.end);
  const rewritten = rewrite(source);
  const lowering = new Lowering({ source, file: file.path, depth: 0 }, expressions, matters);
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
    for (const step of block.steps) if (step.kind !== 'assign') seen.set(`${step.kind}:${step.at.start}:${'lock' in step ? step.lock.place : ''}`, step);
  }
  return {
    name: item.name,
    file: file.path,
    isStatic: item.isStatic,
    range: { start: 0, end: source.length },
    parameters: lowering.parameters,
    blocks,
    conditions: expressions.unit.conditionsOf(definition) ?? [],
    syntaxErrors: [...new Set(errors)],
    stored: lowering.stored,
    annotated: lowering.annotated,
    pointers: [...lowering.pointers].map(([variable, type]) => ({ variable, type })),
    steps: [...seen.values()].sort((a, b) => a.at.start - b.at.start),
  };
}

class Lowering {
  parameters: string[] = [];
  readonly stored: Stored[] = [];
  readonly annotated: string[] = [];
  readonly pointers = new Map<string, string>();
  private readonly blocks: OpenBlock[] = [];
  private current = 0;
  private region: Region = { scope: new Scope(), cleanups: [], outer: undefined };
  private breaks: Target[] = [];
  private continues: Target[] = [];
  private labels = new Map<string, Target>();
  private gotos: { from: number; label: string; region: Region }[] = [];
  private temporaries = 0;

  constructor(
    private frame: Frame,
    private readonly x: Expressions,
    private readonly matters: (name: string) => boolean,
  ) {
    this.open();
  }

  /** Lowers one reading of the function; a second one becomes another way through it. */
  function(node: Node): void {
    const entry = this.open();
    this.edge(0, entry);
    this.current = entry;
    this.labels = new Map();
    this.gotos = [];
    const scope = new Scope();
    this.parameters = [];
    for (const p of parametersOf(node, this.frame, this.x.types)) {
      scope.declare(p.name, { type: p.type, parameter: p.index, functions: [], lock: undefined });
      this.parameters[p.index] = p.name;
      this.points(p.name, p.type);
    }
    this.region = { scope, cleanups: [], outer: undefined };
    const body = childOf(node, 'body');
    if (body) this.statement(body);
    this.return(undefined, { start: node.end - 1, end: node.end });
    for (const goto of this.gotos) {
      const target = this.labels.get(goto.label);
      if (!target) continue;
      this.current = goto.from;
      this.leave(goto.region, target.region);
      this.edge(goto.from, target.block);
    }
  }

  finish(): readonly Block[] {
    return this.blocks;
  }

  private open(): number {
    return this.blocks.push({ steps: [], next: [] }) - 1;
  }

  private edge(from: number, to: number, conditions: readonly Condition[] = []): void {
    this.blocks[from]!.next.push({ to, conditions });
  }

  /** An edge that only some configurations have; none that can never be. */
  private edgeUnder(from: number, to: number, conditions: readonly string[]): void {
    const facts = this.x.unit.facts(conditions);
    if (facts) this.edge(from, to, facts);
  }

  private emit(step: Step): void {
    this.blocks[this.current]!.steps.push(step);
  }

  private at(node: Node): Range {
    return this.frame.at ?? { start: node.start, end: node.end };
  }

  private statement(node: Node): void {
    switch (node.type) {
      case 'compound_statement':
        this.block(node);
        break;
      case 'expression_statement':
        if (node.children[0]?.type === 'call_expression') this.x.declareByMacro(node.children[0], this.frame, this.region.scope);
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

  private jump(target: Target | undefined): void {
    if (target) {
      this.leave(this.region, target.region);
      this.edge(this.current, target.block);
    }
    this.current = this.open();
  }

  /** Runs the cleanups between two regions, innermost first. */
  private leave(from: Region, to: Region | undefined): void {
    const outer = new Set<Region>();
    for (let r = to; r; r = r.outer) outer.add(r);
    for (let r: Region | undefined = from; r && !outer.has(r); r = r.outer) for (const step of r.cleanups.toReversed()) this.emit(step);
  }

  private inside(run: () => void): void {
    const outer = this.region;
    this.region = { scope: new Scope(outer.scope), cleanups: [], outer };
    run();
    this.leave(this.region, outer);
    this.region = outer;
  }

  private block(node: Node): void {
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
    for (const child of node.children) if (child !== other && child !== named && child.field !== 'condition' && child.field !== 'name') this.statement(child);
    this.edge(this.current, after);
    this.current = no;
    if (other) this.statement(other);
    this.edge(this.current, after);
    this.current = after;
  }

  private declaration(node: Node): void {
    for (const { name, value } of this.x.declareAll(node, this.frame, this.region.scope)) {
      const type = this.region.scope.find(name)!.type;
      this.points(name, type);
      if (value?.type === 'initializer_list') this.stored.push(...storedByInitializer(value, type, this.x, this.frame, this.region.scope));
      else if (value) this.assign(name, value, node);
    }
  }

  private points(variable: string, type: CType): void {
    if (type.depth === 1 && type.name !== '' && this.frame.depth === 0) this.pointers.set(variable, type.name);
  }

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
        } else if (condition) this.branch(condition, yes, no);
      },
      statement,
      undefined,
    );
  }

  private forStatement(node: Node): void {
    this.inside(() => {
      const initializer = childOf(node, 'initializer');
      if (initializer) this.statement(initializer);
      const condition = childOf(node, 'condition');
      this.loop(
        (yes, no) => {
          if (condition) this.branch(condition, yes, no);
          else this.edge(this.current, yes);
        },
        childOf(node, 'body'),
        childOf(node, 'update'),
      );
    });
  }

  private loop(test: (yes: number, no: number) => void, statement: Node | undefined, update: Node | undefined): void {
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
    this.edge(this.current, head);
    this.current = after;
  }

  private doStatement(node: Node): void {
    const head = this.open();
    const test = this.open();
    const after = this.open();
    this.edge(this.current, head);
    this.current = head;
    this.within({ block: after, region: this.region }, { block: test, region: this.region }, () => this.body(childOf(node, 'body')));
    this.edge(this.current, test);
    this.current = test;
    const condition = childOf(node, 'condition');
    if (condition) this.branch(condition, head, after);
    this.current = after;
  }

  private within(breakTo: Target, continueTo: Target | undefined, run: () => void): void {
    this.breaks.push(breakTo);
    if (continueTo) this.continues.push(continueTo);
    run();
    this.breaks.pop();
    if (continueTo) this.continues.pop();
  }

  private switchStatement(node: Node): void {
    const condition = childOf(node, 'condition');
    if (condition) this.expression(condition);
    const from = this.current;
    const after = this.open();
    const statement = childOf(node, 'body');
    let hasDefault = false;
    this.current = this.open();
    const cases = (list: readonly Node[]): void => {
      for (const child of list) {
        if (child.type === 'case_statement') {
          const entry = this.open();
          this.edge(from, entry);
          this.edge(this.current, entry);
          this.current = entry;
          hasDefault ||= childOf(child, 'value') === undefined;
          // `case A: case B:` nests the second label in the first.
          cases(child.children.filter((c) => c.field !== 'value'));
        } else if (child.type.startsWith('preproc_')) cases(child.children.filter((c) => c.field !== 'name' && c.field !== 'condition'));
        else this.statement(child);
      }
    };
    this.within({ block: after, region: this.region }, undefined, () => this.inside(() => cases(statement?.children ?? [])));
    if (!hasDefault) this.edge(from, after);
    this.edge(this.current, after);
    this.current = after;
  }

  private return(value: Node | undefined, at: Range): void {
    const result = value ? this.value(value) : unknownValue;
    this.leave(this.region, undefined);
    this.blocks[this.current]!.returns = { ...result, at };
  }

  /** Control flow of a condition: to `yes` where it holds, to `no` where it does not. */
  private branch(node: Node, yes: number, no: number): void {
    switch (node.type) {
      case 'parenthesized_expression':
        if (node.children.length === 1 && node.children[0]!.type !== 'compound_statement') {
          this.branch(node.children[0]!, yes, no);
          return;
        }
        break;
      case 'unary_expression':
        if (operator(node, this.frame) === '!') {
          this.branch(childOf(node, 'argument')!, no, yes);
          return;
        }
        break;
      case 'binary_expression': {
        const op = operator(node, this.frame);
        const left = childOf(node, 'left')!;
        const right = childOf(node, 'right')!;
        if (op === '&&' || op === '||') {
          const middle = this.open();
          if (op === '&&') this.branch(left, middle, no);
          else this.branch(left, yes, middle);
          this.current = middle;
          this.branch(right, yes, no);
          return;
        }
        this.compare(node, op, left, right, yes, no);
        return;
      }
      case 'comma_expression': {
        this.expression(childOf(node, 'left')!);
        this.branch(childOf(node, 'right')!, yes, no);
        return;
      }
      case 'call_expression': {
        const name = text(childOf(node, 'function'), this.frame);
        const first = argumentsOf(node)[0];
        if (first && (name === 'likely' || name === 'unlikely' || name === 'WARN_ON' || name === 'WARN_ON_ONCE' || name === 'KVM_BUG_ON' || name === '__builtin_expect' || name === 'unlikely_notrace')) {
          this.branch(first, yes, no);
          return;
        }
        if (first && /^IS_(ENABLED|BUILTIN|REACHABLE)$/.test(name)) {
          const symbol = text(first, this.frame);
          this.edgeUnder(this.current, yes, [symbol]);
          this.edgeUnder(this.current, no, [negate(symbol)]);
          return;
        }
        if (first && (name === 'IS_ERR' || name === 'IS_ERR_OR_NULL')) {
          this.split(this.value(first), name === 'IS_ERR' ? NEGATIVE : NEGATIVE | ZERO, yes, no);
          return;
        }
        break;
      }
    }
    this.split(this.value(node), truth, yes, no);
  }

  private compare(node: Node, op: string, left: Node, right: Node, yes: number, no: number): void {
    const compared = comparedWithZero(op);
    const against = this.value(right);
    const value = this.value(left);
    if (compared !== ANY && against.values === ZERO) this.split(value, compared, yes, no);
    else if (op === '==' && value.key !== '' && against.values !== ANY) this.split(value, against.values, yes, no, true);
    else if (op === '==' || op === '!=') {
      const key = `${placeText(left, this.frame)}==${placeText(right, this.frame)}`;
      this.split({ values: ANY, key }, op === '==' ? truth : ZERO, yes, no);
    } else this.split({ values: ANY, key: placeText(node, this.frame) }, truth, yes, no);
  }

  /** `partial`: when the test fails the value may still be among `values` (`ret == -EAGAIN`). */
  private split(value: Value, values: number, yes: number, no: number, partial = false): void {
    const possible = value.values & values;
    if (possible !== 0) this.edge(this.current, yes, value.key === '' ? [] : [{ key: value.key, values }]);
    if ((value.values & ~values) !== 0 || partial) this.edge(this.current, no, value.key === '' || partial ? [] : [{ key: value.key, values: ANY & ~values }]);
  }

  /** Emits an expression's steps and tells what its value is known by. */
  private value(node: Node): Value {
    switch (node.type) {
      case 'parenthesized_expression':
        if (node.children.length === 1 && node.children[0]!.type !== 'compound_statement') return this.value(node.children[0]!);
        return this.inlineBlock(node);
      case 'cast_expression': {
        const value = childOf(node, 'value');
        return value ? this.value(value) : unknownValue;
      }
      case 'number_literal':
        return { values: /^0[xX]?0*[uUlL]*$/.test(text(node, this.frame)) ? ZERO : POSITIVE, key: '' };
      case 'true':
        return { values: POSITIVE, key: '' };
      case 'false':
      case 'null':
        return { values: ZERO, key: '' };
      case 'identifier': {
        const name = text(node, this.frame);
        return name === 'NULL' || name === 'false' ? { values: ZERO, key: '' } : name === 'true' ? { values: POSITIVE, key: '' } : { values: ANY, key: name };
      }
      case 'field_expression':
        this.expression(childOf(node, 'argument')!);
        return { values: ANY, key: placeText(node, this.frame) };
      case 'unary_expression': {
        const inner = childOf(node, 'argument')!;
        if (operator(node, this.frame) === '-') {
          this.expression(inner);
          return { values: /^[E\d(]/.test(text(inner, this.frame)) ? NEGATIVE : ANY, key: '' };
        }
        const value = this.value(inner);
        if (operator(node, this.frame) !== '!') return unknownValue;
        if (value.values === ZERO) return { values: POSITIVE, key: '' };
        return value.key === '' ? unknownValue : { values: ANY, key: `!${value.key}` };
      }
      case 'assignment_expression': {
        const left = childOf(node, 'left')!;
        this.assignment(node, left);
        return { values: ANY, key: placeText(left, this.frame) };
      }
      case 'call_expression':
        return this.call(node);
      case 'binary_expression':
      case 'subscript_expression':
      case 'conditional_expression': {
        this.expression(node);
        return { values: ANY, key: node.type === 'conditional_expression' ? '' : placeText(node, this.frame) };
      }
      default:
        this.expression(node);
        return unknownValue;
    }
  }

  /** Emits the steps of an expression in evaluation order. */
  private expression(node: Node): void {
    switch (node.type) {
      case 'call_expression':
        this.call(node);
        return;
      case 'assignment_expression':
        this.assignment(node, childOf(node, 'left')!);
        return;
      case 'update_expression': {
        const target = childOf(node, 'argument');
        if (target) this.emit({ kind: 'assign', at: this.at(node), target: placeText(target, this.frame), values: ANY, same: '' });
        return;
      }
      case 'binary_expression': {
        const op = operator(node, this.frame);
        const right = childOf(node, 'right');
        if ((op === '&&' || op === '||') && right && hasCall(right)) {
          const yes = this.open();
          const no = this.open();
          this.branch(node, yes, no);
          this.join(yes, no);
          return;
        }
        break;
      }
      case 'conditional_expression': {
        if (!hasCall(node)) return;
        const yes = this.open();
        const no = this.open();
        const after = this.open();
        this.branch(childOf(node, 'condition')!, yes, no);
        for (const [block, side] of [[yes, 'consequence'], [no, 'alternative']] as const) {
          this.current = block;
          const value = childOf(node, side);
          if (value) this.expression(value);
          this.edge(this.current, after);
        }
        this.current = after;
        return;
      }
      case 'parenthesized_expression':
        if (node.children[0]?.type === 'compound_statement') {
          this.inlineBlock(node);
          return;
        }
        break;
      case 'sizeof_expression':
      case 'string_literal':
      case 'identifier':
      case 'number_literal':
        return;
      case 'compound_statement':
        this.block(node);
        return;
    }
    for (const child of node.children) this.expression(child);
  }

  private join(a: number, b: number): void {
    const after = this.open();
    this.edge(a, after);
    this.edge(b, after);
    this.current = after;
  }

  /** `({ …; value; })` */
  private inlineBlock(node: Node): Value {
    const block = node.children.find((child) => child.type === 'compound_statement');
    if (!block) return unknownValue;
    let result = unknownValue;
    this.inside(() => {
      for (const [i, child] of block.children.entries()) {
        if (i === block.children.length - 1 && child.type === 'expression_statement' && child.children[0]) result = this.value(child.children[0]);
        else this.statement(child);
      }
    });
    return result;
  }

  private assignment(node: Node, left: Node): void {
    const right = childOf(node, 'right');
    if (left.type !== 'identifier') this.expression(left);
    if (!right) return;
    if (operator(node, this.frame) !== '=') {
      this.expression(right);
      this.emit({ kind: 'assign', at: this.at(node), target: placeText(left, this.frame), values: ANY, same: '' });
      return;
    }
    this.assign(placeText(left, this.frame).replace(/^\*&?/, ''), right, node);
    const target = peel(left, this.frame);
    const stored = peel(right, this.frame);
    if (stored.type === 'identifier' && this.region.scope.find(text(stored, this.frame))) {
      this.emit({ kind: 'publish', at: this.at(node), variable: text(stored, this.frame) });
    }
    const field = target.type === 'field_expression' ? this.x.functionsAt(left, this.frame, this.region.scope)[0] : undefined;
    if (field?.kind === 'field') {
      for (const f of this.x.functionsAt(right, this.frame, this.region.scope)) if (f.kind === 'function') this.stored.push({ field: field.field, function: f.name, at: this.at(right) });
    }
    const variable = target.type === 'identifier' ? this.region.scope.find(text(target, this.frame)) : undefined;
    if (!variable) return;
    if (variable.type.depth > 0 && lockTypes.has(variable.type.name)) {
      const lock = this.x.lockAt(right, this.frame, this.region.scope, 'spinlock');
      if (lock.lockClass !== '' || lock.parameter >= 0) variable.lock = lock;
    } else if (variable.type.depth > 0 || variable.functions.length > 0) {
      const functions = this.x.functionsAt(right, this.frame, this.region.scope);
      if (functions.length > 0) variable.functions = [...variable.functions, ...functions];
    }
  }

  private assign(target: string, value: Node, node: Node): void {
    const result = this.value(value);
    this.emit({ kind: 'assign', at: this.at(node), target, values: result.values, same: result.key });
    const call = peel(value, this.frame);
    if (call.type === 'call_expression' && isAllocation(text(childOf(call, 'function'), this.frame))) {
      this.emit({ kind: 'allocate', at: this.at(node), variable: target });
    }
  }

  private call(node: Node): Value {
    const callee = childOf(node, 'function');
    const args = argumentsOf(node);
    if (!callee) return unknownValue;
    const name = callee.type === 'identifier' ? text(callee, this.frame) : '';
    if (callee.type === 'call_expression' && /^guard$/.test(text(childOf(callee, 'function'), this.frame))) {
      this.guard(text(argumentsOf(callee)[0], this.frame), args[0], node, this.region);
      return unknownValue;
    }
    if (callee.type === 'call_expression') {
      const pointer = this.x.staticCall(callee, this.frame);
      if (pointer.length > 0) {
        for (const argument of args) this.expression(argument);
        const result = this.temporary(node);
        this.emit({ kind: 'call', at: this.at(node), pointer, arguments: args.map((argument) => this.argument(argument)), result });
        return { values: ANY, key: result };
      }
    }
    if (classAnnotations.has(name) && args[0]) this.annotated.push(this.x.lockAt(args[0], this.frame, this.region.scope, 'mutex').lockClass);
    const operation = lockApi.get(name);
    if (operation) return this.lockCall(name, operation, args, node);
    if (name !== '' && !this.region.scope.find(name) && this.isMacro(name)) {
      if (this.matters(name)) return this.expand(name, node);
      for (const argument of args) this.expression(argument);
      return /^(ERR_PTR|ERR_CAST)$/.test(name) ? { values: NEGATIVE, key: '' } : { values: ANY, key: placeText(node, this.frame) };
    }
    for (const argument of args) this.expression(argument);
    if (/^(ERR_PTR|ERR_CAST)$/.test(name)) return { values: NEGATIVE, key: '' };
    const result = this.temporary(node);
    const direct = name !== '' && !this.region.scope.find(name);
    if (direct && !this.matters(name) && !args.some((a) => this.isFunctionName(a))) {
      this.published(name, args);
      return { values: ANY, key: placeText(node, this.frame) };
    }
    const pointer = direct ? undefined : this.x.functionsAt(callee, this.frame, this.region.scope);
    this.emit({
      kind: 'call',
      at: this.at(node),
      ...(direct ? { name } : { pointer: pointer ?? [] }),
      arguments: args.map((argument) => this.argument(argument)),
      result,
    });
    this.published(name, args);
    return { values: ANY, key: result };
  }

  private isMacro(name: string): boolean {
    return this.x.unit.lookup('macro', name).some((d) => d.item.parameters) && this.x.unit.functions(name, this.frame.file).length === 0;
  }

  private isFunctionName(node: Node): boolean {
    const target = peel(node, this.frame);
    return target.type === 'identifier' && !this.region.scope.find(text(target, this.frame)) && this.x.unit.lookup('function', text(target, this.frame)).length > 0;
  }

  private temporary(node: Node): string {
    return this.frame.depth === 0 ? `@${node.start}` : `@${node.start}.${this.temporaries++}`;
  }

  private argument(node: Node): Argument {
    const { scope } = this.region;
    const target = peel(node, this.frame);
    const type = this.x.typeOf(node, this.frame, scope);
    const functions = this.x.functionsAt(node, this.frame, scope);
    const lock = type.depth > 0 && lockTypes.has(type.name) ? this.x.lockAt(node, this.frame, scope, 'spinlock') : undefined;
    const variable = target.type === 'identifier' ? text(target, this.frame) : undefined;
    return { ...(lock && { lock }), ...(functions.length > 0 && { functions }), ...(variable !== undefined && { variable }) };
  }

  /** Handing an object's address on together with another's, or to something that registers it, makes it reachable. */
  private published(name: string, args: readonly Node[]): void {
    const roots = args.map((argument) => /^&?\(?&?(\w+)/.exec(text(argument, this.frame).replace(/\s+/g, ''))?.[1] ?? '');
    const stores = /^(rcu_assign_pointer|WRITE_ONCE|smp_store_release|fd_install)$/.test(name);
    const registers = /register|_add$|^add_|insert|publish|enqueue|schedule|queue_|install|attach|start|submit|call_rcu/.test(name);
    for (const [i, argument] of args.entries()) {
      const variable = roots[i]!;
      const declared = variable === '' ? undefined : this.region.scope.find(variable);
      if (!declared || declared.parameter >= 0) continue;
      const beside = args.some((other, j) => j !== i && roots[j] !== variable && roots[j] !== '' && (stores || /^\(*&/.test(text(other, this.frame).trim())));
      if (registers || beside) this.emit({ kind: 'publish', at: this.at(argument), variable });
    }
  }

  private lockCall(name: string, operation: LockOperation, args: readonly Node[], node: Node): Value {
    for (const argument of args) if (hasCall(argument)) this.expression(argument);
    const argument = operation.argument < 0 ? undefined : args[operation.argument];
    const lock: LockRef = argument
      ? this.x.lockAt(argument, this.frame, this.region.scope, operation.kind)
      : { lockClass: operation.lockClass, parameter: -1, place: operation.lockClass, root: '', rootParameter: -1, kind: operation.kind };
    const at = this.at(node);
    const result = this.temporary(node);
    if (operation.does === 'release') this.emit({ kind: 'release', at, lock, mode: operation.mode });
    else if (operation.does === 'sync') this.emit({ kind: 'sync', at, lock, name });
    else {
      const subclass = operation.subclass < 0 ? '' : text(args[operation.subclass], this.frame);
      this.emit({ kind: 'acquire', at, lock, mode: operation.mode, success: operation.success, isTry: operation.isTry, result, subclass: subclass === '0' ? '' : subclass });
    }
    return { values: ANY, key: result };
  }

  private guard(kind: string, argument: Node | undefined, node: Node, region: Region): void {
    const operation = lockApi.get(guards.get(kind) ?? '');
    if (!operation) return;
    const lock: LockRef =
      operation.argument >= 0 && argument
        ? this.x.lockAt(argument, this.frame, region.scope, operation.kind)
        : { lockClass: operation.lockClass, parameter: -1, place: operation.lockClass, root: '', rootParameter: -1, kind: operation.kind };
    const at = this.at(node);
    // A conditional guard that fails leaves its scope: inside it the lock is held.
    this.emit({ kind: 'acquire', at, lock, mode: operation.mode, success: 'always', isTry: operation.isTry, result: '', subclass: '' });
    region.cleanups.push({ kind: 'release', at: { start: at.end, end: at.end }, lock, mode: operation.mode });
  }

  private guardedStatement(node: Node, condition: Node | undefined, statement: Node | undefined): void {
    const list = condition?.children[0];
    const parts = list ? flattenCommas(list) : [];
    const conditional = this.frame.source.startsWith('scoped_cond_guard', node.start);
    const head: Node = { ...node, end: condition?.end ?? node.end };
    this.inside(() => {
      this.guard(text(parts[0], this.frame), parts[conditional ? 2 : 1], head, this.region);
      if (statement) this.statement(statement);
    });
  }

  /** Lowers a macro's replacement in place of its call; both definitions where the configuration decides. */
  private expand(name: string, node: Node): Value {
    const definitions = this.x.unit.lookup('macro', name).filter((d) => d.item.parameters && this.x.unit.conditionsOf(d));
    if (this.frame.depth > 6) return unknownValue;
    const values = argumentsOf(node).map((argument) => text(argument, this.frame));
    const outer = this.frame;
    const from = this.current;
    const after = this.open();
    let result: Value = unknownValue;
    for (const definition of definitions) {
      const body = expandText(definition, values).trim();
      const parsed = this.x.statements(body);
      const block = parsed?.block;
      const entry = this.open();
      this.edge(from, entry, this.x.unit.conditionsOf(definition));
      this.current = entry;
      if (block) {
        this.frame = { source: parsed.source, file: outer.file, at: outer.at ?? { start: node.start, end: node.end }, depth: outer.depth + 1 };
        const only = block.children.length === 1 || (block.children.length === 2 && block.children[1]!.type === 'expression_statement' && block.children[1]!.children.length === 0) ? block.children[0] : undefined;
        if (only?.type === 'expression_statement' && only.children[0]) {
          const value = this.value(only.children[0]);
          if (definitions.length === 1) result = value;
        } else this.inside(() => block.children.forEach((child) => this.statement(child)));
        this.frame = outer;
      }
      this.edge(this.current, after);
    }
    if (definitions.length === 0) this.edge(from, after);
    this.current = after;
    return result;
  }
}

function hasCall(node: Node): boolean {
  return node.type === 'call_expression' || node.type === 'assignment_expression' || node.children.some(hasCall);
}

function flattenCommas(node: Node): readonly Node[] {
  if (node.type !== 'comma_expression') return [node];
  return node.children.flatMap(flattenCommas);
}

function find(node: Node, type: string): Node | undefined {
  for (const child of node.children) {
    if (child.type === type) return child;
    const inner = child.type === 'ERROR' || child.type === 'linkage_specification' ? find(child, type) : undefined;
    if (inner) return inner;
  }
  return undefined;
}
