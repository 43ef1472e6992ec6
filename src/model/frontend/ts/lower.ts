import { ts } from 'ts-morph';
import type { Expression } from '../../ir/execution.ts';
import { ANY, type FunctionIr, type Step } from '../../ir/program.ts';
import { one, operation, zero } from './builder.ts';
import { asReference, assignmentOperators, ExpressionLowering } from './expressions.ts';
import { type Names, valueType } from './scope.ts';

/** Lowers a function of a model. Throws `OutsideLanguage` at the first thing that models do not have. */
export function lowerFunction(node: ts.FunctionDeclaration, names: Names): FunctionIr {
  return new FunctionLowering(names).function(node.name!.text, node, node.parameters, node.body!);
}

/** Lowers the body of a scenario: what it starts and what must hold at the end. */
export function lowerScenario(name: string, body: ts.ArrowFunction, names: Names): FunctionIr {
  if (!ts.isBlock(body.body)) names.refuse(body.body, 'the body of a scenario is a block');
  return new FunctionLowering(names, true).function(name, body, body.parameters, body.body);
}

interface Jumps {
  readonly breakTo: number;
  readonly continueTo: number | undefined;
}

class FunctionLowering extends ExpressionLowering {
  private readonly jumps: Jumps[] = [];

  function(name: string, node: ts.Node, parameters: readonly ts.ParameterDeclaration[], body: ts.Block): FunctionIr {
    const declared = parameters.map((parameter) => {
      if (!ts.isIdentifier(parameter.name) || parameter.initializer || parameter.dotDotDotToken || parameter.questionToken)
        return this.names.refuse(parameter, 'a parameter is a name and its type');
      if (!parameter.type) return this.names.refuse(parameter, `the type of ${parameter.name.text} is missing`);
      const type = asReference(this.names.type(parameter.type, false));
      if (type.kind === 'lock') return this.names.refuse(parameter, 'a lock is passed by the object that has it');
      return this.declare(parameter.name.text, type, false).name;
    });
    this.statement(body);
    this.build.blocks[this.build.current]!.returns = { values: ANY, key: '', at: { start: body.end - 1, end: body.end }, value: zero };
    const steps = this.build.blocks.flatMap((block): readonly Step[] => block.steps);
    return {
      name,
      file: this.names.file.fileName,
      isStatic: false,
      range: this.names.at(node),
      parameters: declared,
      blocks: this.build.blocks,
      conditions: [],
      syntaxErrors: [],
      stored: [],
      annotated: [],
      pointers: this.pointers,
      steps: steps.filter((step) => step.kind === 'acquire' || step.kind === 'release' || step.kind === 'sync' || step.kind === 'call'),
    };
  }

  private inside(run: () => void): void {
    this.scopes.push(new Map());
    run();
    this.scopes.pop();
  }

  private statement(node: ts.Statement): void {
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
    if (!keyword) this.names.refuse(list, 'declare locals with const or let');
    for (const declaration of list.declarations) {
      if (!ts.isIdentifier(declaration.name)) return this.names.refuse(declaration.name, 'a declaration names one local');
      const written = declaration.type && asReference(this.names.type(declaration.type, false));
      const initial = declaration.initializer && this.expression(declaration.initializer);
      const type = written ?? (initial ? asReference(initial.type) : valueType);
      const { name } = this.declare(declaration.name.text, type, keyword === 'const');
      this.compute(declaration, name, initial?.value ?? zero);
    }
  }

  private expressionStatement(node: ts.Expression): void {
    if (ts.isBinaryExpression(node)) {
      const isAssignment = node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
      const operator = assignmentOperators.get(node.operatorToken.kind);
      if (isAssignment || operator !== undefined) {
        this.assign(node, node.left, operator, () => this.expression(node.right).value);
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
  private assign(node: ts.Node, left: ts.Expression, operator: string | undefined, right: () => Expression): void {
    const local = ts.isIdentifier(left) ? this.local(left.text) : undefined;
    if (local) {
      if (local.isConstant) this.names.refuse(left, `${this.names.quote(left)} is const`);
      const value = right();
      this.compute(node, local.name, operator === undefined ? value : operation(operator, { kind: 'local', name: local.name }, value));
      return;
    }
    const place = this.place(left);
    if (place.value.kind === 'length' || (place.type.kind !== 'value' && place.type.kind !== 'pointer'))
      this.names.refuse(left, `${this.names.quote(left)} cannot be assigned`);
    const old = operator === undefined ? undefined : this.read(left, place, false).value;
    const value = right();
    this.build.emit({
      kind: 'write',
      at: this.names.at(node),
      place: place.value,
      marked: false,
      value: old ? operation(operator!, old, value) : value,
    });
  }

  private ifStatement(node: ts.IfStatement): void {
    const [yes, no, after] = [this.build.open(), this.build.open(), this.build.open()];
    this.branch(node.expression, yes, no);
    for (const [block, side] of [
      [yes, node.thenStatement],
      [no, node.elseStatement],
    ] as const) {
      this.build.current = block;
      if (side) this.inside(() => this.statement(side));
      this.build.edge(this.build.current, after);
    }
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
    if (list.type.kind !== 'array') this.names.refuse(node.expression, 'a loop goes over an array of the model');
    const element = list.type.kind === 'array' ? list.type.of : valueType;
    const keyword = ts.isVariableDeclarationList(node.initializer) && this.names.keyword(node.initializer);
    const declaration = keyword && ts.isVariableDeclarationList(node.initializer) ? node.initializer.declarations[0] : undefined;
    if (!declaration || !ts.isIdentifier(declaration.name) || node.awaitModifier)
      return this.names.refuse(node.initializer, 'a loop declares one name');
    if (element.kind === 'lock') this.names.refuse(node.expression, 'locks are no values: go over their numbers');
    const variable = declaration.name.text;
    this.inside(() => {
      const index = this.declare(`@index`, valueType, false).name;
      this.compute(node, index, zero);
      const at: Expression = { kind: 'local', name: index };
      this.loop(
        (yes, no) => this.build.split(operation('<', at, { kind: 'length', of: list.value }), yes, no),
        () => {
          const each = this.declare(variable, asReference(element), keyword === 'const');
          const place: Expression = { kind: 'element', of: list.value, index: at };
          if (element.kind === 'struct') this.compute(declaration, each.name, place);
          else this.build.emit({ kind: 'read', at: this.names.at(declaration), place, marked: false, into: each.name });
          this.statement(node.statement);
        },
        () => this.compute(node, index, operation('+', at, one)),
      );
    });
  }

  private switchStatement(node: ts.SwitchStatement): void {
    const { value } = this.expression(node.expression);
    const into = this.build.temporary();
    this.compute(node.expression, into, value);
    const subject: Expression = { kind: 'local', name: into };
    const after = this.build.open();
    const entries = node.caseBlock.clauses.map(() => this.build.open());
    for (const [i, clause] of node.caseBlock.clauses.entries()) {
      if (!ts.isCaseClause(clause)) continue;
      const next = this.build.open();
      this.build.split(operation('==', subject, this.expression(clause.expression).value), entries[i]!, next);
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
    const value = node.expression ? this.expression(node.expression).value : zero;
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
      const expected = this.names.functions.get(second.text)!.node.parameters.length;
      const values = node.arguments.slice(2).map((argument) => this.expression(argument).value);
      if (values.length !== expected) return this.names.refuse(node, `${second.text} takes ${expected} arguments`);
      this.build.emit({ kind: 'spawn', at, name: first.text, function: second.text, arguments: values });
      return true;
    }
    if (node.expression.text !== 'at_end') return false;
    if (!first || !ts.isArrowFunction(first) || ts.isBlock(first.body))
      return this.names.refuse(first ?? node, 'what holds at the end is written () => expression');
    this.build.emit({ kind: 'finally', at, condition: this.pure(first.body), ...this.claimed(node, first.body) });
    return true;
  }
}
