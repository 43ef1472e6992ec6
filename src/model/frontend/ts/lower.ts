import { ts } from 'ts-morph';
import type { Expression } from '../../ir/execution.ts';
import { ANY, type FunctionIr, type Step } from '../../ir/program.ts';
import { one, operation, zero } from './builder.ts';
import { CallLowering } from './calls.ts';
import { assignmentOperators } from './expressions.ts';
import type { ModelFunction, Names } from './scope.ts';
import { asReference, describe, isOpaque, nothing, number, type Type, unknown } from './types.ts';

/** Lowers a function of a model. What is outside the language is told, and left out. */
export function lowerFunction({ node, parameters, returns }: ModelFunction, names: Names): FunctionIr {
  const lowering = new FunctionLowering(names, returns);
  const declared = node.parameters.flatMap(({ name }, i) => lowering.parameter(name, parameters[i]!));
  return lowering.function(node.name!.text, node, declared, node.body!);
}

/** Lowers the body of a scenario: what it starts and what must hold at the end. */
export function lowerScenario(name: string, body: ts.ArrowFunction, names: Names): FunctionIr {
  if (!ts.isBlock(body.body)) return names.refuse(body.body, 'the body of a scenario is a block');
  if (body.parameters[0]) names.tell(body.parameters[0], 'the body of a scenario is given nothing');
  return new FunctionLowering(names, nothing, true).function(name, body, [], body.body);
}

interface Jumps {
  readonly breakTo: number;
  readonly continueTo: number | undefined;
}

class FunctionLowering extends CallLowering {
  private readonly jumps: Jumps[] = [];

  constructor(
    names: Names,
    private readonly returns: Type,
    isScenario = false,
  ) {
    super(names, isScenario);
  }

  parameter(name: ts.BindingName, type: Type): readonly string[] {
    return ts.isIdentifier(name) ? [this.declare(name.text, type, false).name] : [];
  }

  function(name: string, node: ts.FunctionDeclaration | ts.ArrowFunction, parameters: readonly string[], body: ts.Block): FunctionIr {
    this.statement(body);
    this.build.blocks[this.build.current]!.returns = { values: ANY, key: '', at: { start: body.end - 1, end: body.end }, value: zero };
    if (this.givesBack() && node.type && this.build.isReached(this.build.current))
      this.names.tell(node.type, `${name} may end without giving back ${describe(this.returns)}`);
    const steps = this.build.blocks.flatMap((block): readonly Step[] => block.steps);
    return {
      name,
      file: this.names.file.fileName,
      isStatic: false,
      returns: 'number',
      notes: [],
      range: this.names.at(node),
      parameters,
      blocks: this.build.blocks,
      conditions: [],
      syntaxErrors: [],
      stored: [],
      annotated: [],
      pointers: this.pointers,
      steps: steps.filter((step) => step.kind === 'acquire' || step.kind === 'release' || step.kind === 'sync' || step.kind === 'call'),
    };
  }

  private givesBack(): boolean {
    return this.returns.kind !== 'nothing' && this.returns.kind !== 'unknown';
  }

  private inside(run: () => void): void {
    this.scopes.push(new Map());
    run();
    this.scopes.pop();
  }

  private statement(node: ts.Statement): void {
    const [scopes, jumps] = [this.scopes.length, this.jumps.length];
    this.names.problems.recover(() => this.lower(node), undefined);
    this.scopes.length = scopes;
    this.jumps.length = jumps;
  }

  private lower(node: ts.Statement): void {
    if (ts.isBlock(node)) this.inside(() => node.statements.forEach((each) => this.statement(each)));
    else if (ts.isVariableStatement(node)) this.variables(node.declarationList);
    else if (ts.isExpressionStatement(node)) this.expressionStatement(node.expression);
    else if (ts.isIfStatement(node)) this.ifStatement(node);
    else if (ts.isWhileStatement(node)) this.whileStatement(node);
    else if (ts.isDoStatement(node)) this.doStatement(node);
    else if (ts.isForStatement(node)) this.forStatement(node);
    else if (ts.isForOfStatement(node)) this.forOfStatement(node);
    else if (ts.isSwitchStatement(node)) this.switchStatement(node);
    else if (ts.isReturnStatement(node)) this.returnStatement(node);
    else if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) this.jump(node);
    else if (!ts.isEmptyStatement(node)) this.names.refuse(node, `${this.names.quote(node).split(' ')[0]!} is not a statement of models`);
  }

  private variables(list: ts.VariableDeclarationList): void {
    const keyword = this.names.keyword(list);
    if (!keyword) this.names.tell(list, 'declare locals with const or let');
    for (const { name, type, initializer } of list.declarations) {
      const written = type && this.localType(type);
      const initial = initializer && this.expression(initializer);
      if (initializer && initial) this.expect(initializer, initial.type, written ?? (isValue(initial.type) ? initial.type : number));
      if (!ts.isIdentifier(name)) {
        this.names.tell(name, 'a declaration names one local');
        for (const each of boundNames(name)) this.declare(each.text, unknown, false);
        continue;
      }
      const isUntold = !written && initial?.type.kind === 'null';
      if (isUntold) this.names.tell(name, `the type of ${name.text} is missing`);
      const local = this.declare(name.text, isUntold ? unknown : (written ?? initial?.type ?? number), keyword === 'const');
      this.compute(name.parent, local.name, initial?.value ?? zero);
    }
  }

  private localType(node: ts.TypeNode): Type {
    const type = this.names.type(node, false);
    if (isValue(type)) return type;
    this.names.tell(node, 'a local is a number or a reference');
    return unknown;
  }

  private expressionStatement(node: ts.Expression): void {
    if (ts.isBinaryExpression(node)) {
      const isAssignment = node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
      const operator = assignmentOperators.get(node.operatorToken.kind);
      if (isAssignment || operator !== undefined) {
        this.assign(node, node.left, operator, (wanted) => this.operand(node.right, wanted));
        return;
      }
    }
    if ((ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) && this.isStep(node.operator)) {
      const operator = node.operator === ts.SyntaxKind.PlusPlusToken ? '+' : '-';
      this.assign(node, node.operand, operator, () => one);
      return;
    }
    if (!ts.isCallExpression(node)) this.names.refuse(node, 'this statement does nothing');
    if (this.isScenario && ts.isCallExpression(node) && this.scenarioCall(node)) return;
    this.expression(node);
  }

  private isStep(operator: ts.SyntaxKind): boolean {
    return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
  }

  /** A plain assignment; with an operator a read and then a write, as the compiler may make of it. */
  private assign(node: ts.Node, left: ts.Expression, operator: string | undefined, right: (wanted: Type) => Expression): void {
    const local = ts.isIdentifier(left) ? this.local(left.text) : undefined;
    if (local) {
      if (local.isConstant) this.names.tell(left, `${this.names.quote(left)} is const`);
      const value = right(this.assigned(left, local.type, operator));
      this.compute(node, local.name, operator === undefined ? value : operation(operator, { kind: 'local', name: local.name }, value));
      return;
    }
    const place = this.place(left);
    const { kind } = place.type;
    const isAssignable = place.value.kind !== 'length' && (kind === 'number' || kind === 'reference' || kind === 'unknown');
    if (!isAssignable) this.names.tell(left, `${this.names.quote(left)} cannot be assigned`);
    const wanted = isAssignable ? this.assigned(left, place.type, operator) : unknown;
    const old = operator === undefined ? undefined : this.loaded(left, place, false).value;
    const value = right(wanted);
    this.build.emit({
      kind: 'write',
      at: this.names.at(node),
      place: place.value,
      marked: false,
      value: old ? operation(operator!, old, value) : value,
    });
  }

  /** What can be assigned to something of a type; an operator computes with numbers. */
  private assigned(left: ts.Expression, type: Type, operator: string | undefined): Type {
    if (operator === undefined) return type;
    this.expect(left, type, number);
    return number;
  }

  /** However long, a chain of `else if` is no deeper than one `if`. */
  private ifStatement(node: ts.IfStatement): void {
    const after = this.build.open();
    const side = (statement: ts.Statement | undefined): void => {
      if (statement) this.inside(() => this.statement(statement));
      this.build.edge(this.build.current, after);
    };
    let rest: ts.Statement | undefined = node;
    while (rest && ts.isIfStatement(rest)) {
      const [yes, no] = [this.build.open(), this.build.open()];
      this.branch(rest.expression, yes, no);
      this.build.current = yes;
      side(rest.thenStatement);
      this.build.current = no;
      rest = rest.elseStatement;
    }
    side(rest);
    this.build.current = after;
  }

  private loop(test: ((yes: number, no: number) => void) | undefined, body: () => void, update: (() => void) | undefined): void {
    const [head, inner, step, after] = [this.build.open(), this.build.open(), this.build.open(), this.build.open()];
    this.build.edge(this.build.current, head);
    this.build.current = head;
    if (test) test(inner, after);
    else this.build.edge(head, inner);
    this.build.current = inner;
    this.jumps.push({ breakTo: after, continueTo: step });
    this.inside(body);
    this.jumps.pop();
    this.build.edge(this.build.current, step);
    this.build.current = step;
    update?.();
    this.build.edge(this.build.current, head);
    this.build.current = after;
  }

  private whileStatement(node: ts.WhileStatement): void {
    this.loop(
      (yes, no) => this.branch(node.expression, yes, no),
      () => this.statement(node.statement),
      undefined,
    );
  }

  private doStatement(node: ts.DoStatement): void {
    const [head, test, after] = [this.build.open(), this.build.open(), this.build.open()];
    this.build.edge(this.build.current, head);
    this.build.current = head;
    this.jumps.push({ breakTo: after, continueTo: test });
    this.inside(() => this.statement(node.statement));
    this.jumps.pop();
    this.build.edge(this.build.current, test);
    this.build.current = test;
    this.branch(node.expression, head, after);
    this.build.current = after;
  }

  private forStatement(node: ts.ForStatement): void {
    this.inside(() => {
      const { initializer, condition, incrementor } = node;
      if (initializer && ts.isVariableDeclarationList(initializer)) this.variables(initializer);
      else if (initializer) this.expressionStatement(initializer);
      this.loop(
        condition && ((yes, no) => this.branch(condition, yes, no)),
        () => this.statement(node.statement),
        incrementor && (() => this.expressionStatement(incrementor)),
      );
    });
  }

  private forOfStatement(node: ts.ForOfStatement): void {
    const list = this.expression(node.expression);
    const element = list.type.kind === 'array' ? list.type.of : unknown;
    if (list.type.kind !== 'array' && list.type.kind !== 'unknown')
      this.names.tell(node.expression, 'a loop goes over an array of the model');
    if (isOpaque(element)) this.names.tell(node.expression, `${describe(element)} is no value: go over the numbers of the array`);
    const keyword = ts.isVariableDeclarationList(node.initializer) && this.names.keyword(node.initializer);
    const declaration = keyword && ts.isVariableDeclarationList(node.initializer) ? node.initializer.declarations[0] : undefined;
    if (!declaration || !ts.isIdentifier(declaration.name) || node.awaitModifier)
      return this.names.refuse(node.initializer, 'a loop declares one name');
    const variable = declaration.name.text;
    this.inside(() => {
      const index = this.declare(`@index`, number, false).name;
      this.compute(node, index, zero);
      const at: Expression = { kind: 'local', name: index };
      this.loop(
        (yes, no) => this.build.split(operation('<', at, { kind: 'length', of: list.value }), yes, no),
        () => {
          const each = this.declare(variable, isOpaque(element) ? unknown : asReference(element), keyword === 'const');
          const place: Expression = { kind: 'element', of: list.value, index: at };
          if (element.kind === 'object') this.compute(declaration, each.name, place);
          else this.build.emit({ kind: 'read', at: this.names.at(declaration), place, marked: false, into: each.name });
          this.statement(node.statement);
        },
        () => this.compute(node, index, operation('+', at, one)),
      );
    });
  }

  private switchStatement(node: ts.SwitchStatement): void {
    const { value, type } = this.expression(node.expression);
    if (!isValue(type)) this.expect(node.expression, type, number);
    const into = this.build.temporary();
    this.compute(node.expression, into, value);
    const subject: Expression = { kind: 'local', name: into };
    const after = this.build.open();
    const entries = node.caseBlock.clauses.map(() => this.build.open());
    for (const [i, clause] of node.caseBlock.clauses.entries()) {
      if (!ts.isCaseClause(clause)) continue;
      const next = this.build.open();
      this.build.split(operation('==', subject, this.operand(clause.expression, isValue(type) ? type : unknown)), entries[i]!, next);
      this.build.current = next;
    }
    const other = node.caseBlock.clauses.findIndex((clause) => ts.isDefaultClause(clause));
    this.build.edge(this.build.current, other < 0 ? after : entries[other]!);
    this.jumps.push({ breakTo: after, continueTo: this.jumps.at(-1)?.continueTo });
    this.inside(() => {
      for (const [i, clause] of node.caseBlock.clauses.entries()) {
        this.build.current = entries[i]!;
        for (const each of clause.statements) this.statement(each);
        this.build.edge(this.build.current, entries[i + 1] ?? after);
      }
    });
    this.jumps.pop();
    this.build.current = after;
  }

  private returnStatement(node: ts.ReturnStatement): void {
    const value = node.expression ? this.operand(node.expression, this.returns) : zero;
    if (!node.expression && this.givesBack())
      this.names.tell(node, `return gives nothing back: ${describe(this.returns)} is expected here`);
    this.build.blocks[this.build.current]!.returns = { values: ANY, key: '', at: this.names.at(node), value };
    this.build.unreachable();
  }

  private jump(node: ts.BreakOrContinueStatement): void {
    if (node.label) this.names.refuse(node.label, 'models have no labels');
    const to = ts.isBreakStatement(node) ? this.jumps.at(-1)?.breakTo : this.jumps.at(-1)?.continueTo;
    if (to === undefined) return this.names.refuse(node, 'there is no loop to leave here');
    this.build.edge(this.build.current, to);
    this.build.unreachable();
  }

  /** What only a scenario may call: `thread(name, function, …)`, `at_end(() => condition, text, property)`. */
  private scenarioCall(node: ts.CallExpression): boolean {
    if (!ts.isIdentifier(node.expression)) return false;
    const at = this.names.at(node);
    const [first, second] = node.arguments;
    if (node.expression.text === 'thread') {
      if (!first || !ts.isStringLiteralLike(first)) return this.names.refuse(first ?? node, 'a thread has a name in quotes');
      if (!second || !ts.isIdentifier(second) || !this.names.functions.has(second.text))
        return this.names.refuse(second ?? node, 'a thread runs a function of this model');
      const given = node.arguments.slice(2);
      const values = this.given(node, this.names.functions.get(second.text)!.parameters, { given, what: second.text });
      this.build.emit({ kind: 'spawn', at, name: first.text, function: second.text, arguments: values });
      return true;
    }
    if (node.expression.text !== 'at_end') return false;
    this.names.count(node, { least: 1, most: 3 });
    const condition = this.arrow(first!, 'what holds at the end');
    this.build.emit({ kind: 'finally', at, condition, ...this.claimed(node, ts.isArrowFunction(first!) ? first.body : first!) });
    return true;
  }
}

/** What a local can hold. */
function isValue({ kind }: Type): boolean {
  return kind === 'number' || kind === 'reference' || kind === 'null' || kind === 'array' || kind === 'unknown';
}

function boundNames(name: ts.BindingName): readonly ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((each) => (ts.isOmittedExpression(each) ? [] : boundNames(each.name)));
}
