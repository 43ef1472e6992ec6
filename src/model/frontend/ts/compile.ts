import { Project, ts } from 'ts-morph';
import type { Expression, FieldType, ModelProgram, Scenario, StructType } from '../../ir/execution.ts';
import type { FunctionIr } from '../../ir/program.ts';
import type { Range } from '../../source/location.ts';
import { lowerFunction, lowerScenario } from './lower.ts';
import { nestingProblems } from './nesting.ts';
import { primitives } from './primitives.ts';
import { Names, OutsideLanguage } from './scope.ts';

/** Something of a model that is not of the language, and where. */
export interface ModelProblem {
  readonly at: Range;
  readonly message: string;
}

/** Longer texts than this are no models, in UTF-16 units. */
const textLimit = 1_000_000;

/** Functions that call one another, and types inside a type. */
const callDepth = 100;
const objectsInside = 100;

/** Problems of one model that are told. */
const problemLimit = 100;

interface Compiled {
  readonly program: ModelProgram;
  readonly problems: readonly ModelProblem[];
}

/**
 * Compiles a model to the locking IR. Nothing of it is executed. Where it has problems the program holds what could be
 * read, and must not be run.
 */
export function compileModel(text: string, file: string): Compiled {
  if (text.length > textLimit) return refused(file, `the model has ${text.length} characters: ${textLimit} are read at the most`);
  try {
    return compileText(text, file);
  } catch (error) {
    // The parser of TypeScript follows nesting by recursion.
    if (error instanceof RangeError) return refused(file, 'the model is nested too deeply to be read');
    throw error;
  }
}

function compileText(text: string, file: string): Compiled {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    compilerOptions: { noLib: true, noResolve: true },
  });
  const source = project.createSourceFile('/model.ts', text).compilerNode;
  const problems = project
    .getProgram()
    .compilerObject.getSyntacticDiagnostics(source)
    .slice(0, 20)
    .map(({ start = 0, length = 0, messageText }) => ({
      at: { start, end: start + length },
      message: ts.flattenDiagnosticMessageText(messageText, ' '),
    }));
  if (problems.length > 0) return { program: emptyProgram(file), problems };
  const nesting = nestingProblems(source);
  if (nesting.length > 0) return { program: emptyProgram(file), problems: nesting };
  return new Compiler(source, file).compile();
}

function refused(file: string, message: string): Compiled {
  return { program: emptyProgram(file), problems: [{ at: { start: 0, end: 0 }, message }] };
}

function emptyProgram(file: string): ModelProgram {
  return { file, structs: [], globals: [], constants: [], parameters: [], functions: [], scenarios: [], sources: [], text: '' };
}

class Compiler {
  private readonly names: Names;
  private readonly problems: ModelProblem[] = [];
  private readonly parameters: ModelProgram['parameters'][number][] = [];
  private readonly scenarios: Scenario[] = [];
  private readonly sources: string[] = [];
  private readonly declared = new Set<string>();
  private readonly told = new Set<string>();

  constructor(
    private readonly source: ts.SourceFile,
    private readonly file: string,
  ) {
    this.names = new Names(source);
  }

  compile(): Compiled {
    const { statements } = this.source;
    // Types first, then what has them: a model may use what it declares further down.
    for (const node of statements) this.try(() => this.nameTypes(node));
    for (const node of statements) this.try(() => this.constants(node));
    for (const node of statements) this.try(() => this.types(node));
    for (const node of statements) this.try(() => this.objects(node));
    for (const node of statements) this.try(() => this.nameFunctions(node));
    const functions: FunctionIr[] = [];
    for (const node of statements) {
      this.try(() => {
        if (ts.isFunctionDeclaration(node) && node.body) functions.push(this.placed(lowerFunction(node, this.names)));
        else if (ts.isExpressionStatement(node)) this.scenario(node);
        else if (!this.isDeclaration(node)) this.names.refuse(node, 'a model has interfaces, objects, functions and scenarios');
      });
    }
    for (const node of statements) this.try(() => this.refuseEndless(node));
    this.refuseRecursion(functions);
    const { structs, globals, constants } = this.names;
    return {
      program: {
        file: this.file,
        structs: [...structs.values()],
        globals: [...globals].map(([name, type]) => ({ name, type })),
        constants: [...constants].map(([name, value]) => ({ name, value })),
        parameters: [...this.parameters, ...[...this.names.options].map(([name, at]) => ({ name, value: 1, isOption: true, at }))],
        functions,
        scenarios: this.scenarios,
        sources: this.sources,
        text: this.source.text,
      },
      problems: this.problems.slice(0, problemLimit),
    };
  }

  private try(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof OutsideLanguage)) throw error;
      // What several passes look at is told once.
      const key = `${error.at.start}:${error.message}`;
      if (!this.told.has(key)) this.problems.push({ at: error.at, message: error.message });
      this.told.add(key);
    }
  }

  private placed(ir: FunctionIr): FunctionIr {
    return { ...ir, file: this.file };
  }

  private isDeclaration(node: ts.Statement): boolean {
    return (
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isVariableStatement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isEmptyStatement(node) ||
      (ts.isExportDeclaration(node) && !node.moduleSpecifier)
    );
  }

  private nameTypes(node: ts.Statement): void {
    if (!ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node)) return;
    const { structs, aliases } = this.names;
    const name = node.name.text;
    if (structs.has(name) || aliases.has(name)) this.names.refuse(node.name, `${name} is declared twice`);
    if (ts.isInterfaceDeclaration(node)) structs.set(name, { name, fields: [] });
    else aliases.set(name, node.type);
  }

  private types(node: ts.Statement): void {
    if (ts.isTypeAliasDeclaration(node)) {
      if (node.typeParameters) this.names.refuse(node.name, 'a type of a model has no parameters');
      this.names.type(node.type, true);
    }
    if (!ts.isInterfaceDeclaration(node)) return;
    if (node.heritageClauses || node.typeParameters) this.names.refuse(node.name, 'an interface of a model stands alone');
    const fields = node.members.map((member): StructType['fields'][number] => {
      if (!ts.isPropertySignature(member) || !ts.isIdentifier(member.name) || !member.type || member.questionToken)
        return this.names.refuse(member, 'a field is a name and its type');
      return { name: member.name.text, type: this.names.type(member.type, true) };
    });
    this.names.structs.set(node.name.text, { name: node.name.text, fields });
  }

  private declarations(node: ts.Statement): readonly ts.VariableDeclaration[] {
    if (!ts.isVariableStatement(node)) return [];
    if (this.names.keyword(node.declarationList) !== 'const') this.names.refuse(node, 'what a model declares for all is const');
    return node.declarationList.declarations;
  }

  private calledName(node: ts.Expression | undefined): string {
    return node && ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? node.expression.text : '';
  }

  /** `const SLEEP = 0`, `const VCPUS = parameter('vcpus', 2)`. */
  private constants(node: ts.Statement): void {
    for (const { name, initializer } of this.declarations(node)) {
      if (!ts.isIdentifier(name) || !initializer) return this.names.refuse(node, 'a constant has a name and a value');
      this.declareOnce(name);
      const called = this.calledName(initializer);
      if (called === 'object' || called === 'objects') continue;
      if (called === 'parameter') {
        const [label, value] = (initializer as ts.CallExpression).arguments;
        if (!label || !ts.isStringLiteralLike(label)) return this.names.refuse(initializer, 'a parameter has a name in quotes');
        if (value && !ts.isNumericLiteral(value)) return this.names.refuse(value, 'the value of a parameter is a number');
        const number = value ? this.names.integer(value) : 1;
        this.parameters.push({ name: label.text, value: number, isOption: false, at: this.names.at(initializer) });
        this.names.constants.set(name.text, { kind: 'global', name: `@${label.text}` });
      } else this.names.constants.set(name.text, this.constantValue(initializer));
    }
  }

  private constantValue(node: ts.Expression): Expression {
    if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return this.constantValue(node.expression);
    if (ts.isNumericLiteral(node)) return { kind: 'constant', value: this.names.integer(node) };
    if (node.kind === ts.SyntaxKind.TrueKeyword) return { kind: 'constant', value: 1 };
    if (node.kind === ts.SyntaxKind.FalseKeyword) return { kind: 'constant', value: 0 };
    if (ts.isIdentifier(node) && this.names.constants.has(node.text)) return { kind: 'global', name: node.text };
    const operator = ts.isBinaryExpression(node) ? node.operatorToken.getText(this.source) : '';
    if (ts.isBinaryExpression(node) && /^([-+*|&^]|<<|>>)$/.test(operator))
      return { kind: 'operation', operator, operands: [this.constantValue(node.left), this.constantValue(node.right)] };
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken)
      return { kind: 'operation', operator: '-', operands: [{ kind: 'constant', value: 0 }, this.constantValue(node.operand)] };
    return this.names.refuse(node, 'a constant of a model is a number, or computed from numbers');
  }

  /** `const kvm = object<kvm>()`, `const vcpus = objects<kvm_vcpu>(VCPUS)`. */
  private objects(node: ts.Statement): void {
    for (const { name, initializer } of this.declarations(node)) {
      const called = this.calledName(initializer);
      if (!ts.isIdentifier(name) || (called !== 'object' && called !== 'objects')) continue;
      const call = initializer as ts.CallExpression;
      const written = call.typeArguments?.[0];
      if (!written) return this.names.refuse(call, `${called}<…>() names the type of what it makes`);
      const type = this.names.type(written, true);
      if (type.kind === 'pointer' || (type.kind === 'value' && !this.isOpaque(written)))
        return this.names.refuse(written, 'a number or a pointer is a field of an object');
      const count = call.arguments[0];
      if (called === 'object') this.names.globals.set(name.text, type);
      else if (!count) this.names.refuse(call, 'objects<…>(n) says how many');
      else this.names.globals.set(name.text, { kind: 'array', of: type, length: this.constantValue(count) });
    }
  }

  /** Values that only functions of their own change: they can stand alone. */
  private isOpaque(node: ts.TypeNode): boolean {
    return ts.isTypeReferenceNode(node) && ['completion', 'wait_queue_head_t'].includes(node.typeName.getText(this.source));
  }

  private declareOnce(name: ts.Identifier): void {
    if (primitives.has(name.text)) this.names.refuse(name, `${name.text} is a primitive of models`);
    if (this.declared.has(name.text)) this.names.refuse(name, `${name.text} is declared twice`);
    this.declared.add(name.text);
  }

  private nameFunctions(node: ts.Statement): void {
    if (!ts.isFunctionDeclaration(node) || !node.name || !node.body) return;
    if (node.asteriskToken || node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword))
      this.names.refuse(node.name, 'a function of a model is neither async nor a generator');
    if (node.typeParameters) this.names.refuse(node.name, 'a function of a model has no type parameters');
    this.declareOnce(node.name);
    const returns = node.type ? this.names.type(node.type, false) : { kind: 'value' as const };
    this.names.functions.set(node.name.text, { node, returns });
  }

  private scenario(node: ts.ExpressionStatement): void {
    const call = node.expression;
    if (this.calledName(call) === 'models' && ts.isCallExpression(call)) {
      for (const path of call.arguments)
        this.sources.push(
          ts.isStringLiteralLike(path) ? path.text : this.names.refuse(path, 'a path of the tree in quotes is expected here'),
        );
      return;
    }
    if (this.calledName(call) !== 'scenario' || !ts.isCallExpression(call))
      return this.names.refuse(node, 'outside of functions a model calls nothing but models(…) and scenario(…)');
    const [name, title, body, numbers] = call.arguments;
    if (!name || !ts.isStringLiteralLike(name) || !title || !ts.isStringLiteralLike(title) || !body || !ts.isArrowFunction(body))
      return this.names.refuse(call, "a scenario is written scenario('name', 'Title', () => { … })");
    if (this.scenarios.some((s) => s.name === name.text)) this.names.refuse(name, `scenario ${name.text} is declared twice`);
    this.scenarios.push({
      name: name.text,
      title: title.text,
      at: this.names.at(call),
      values: numbers ? this.numbers(numbers) : {},
      body: this.placed(lowerScenario(name.text, body, this.names)),
    });
  }

  /** `{ vcpus: 3 }`: numbers that a scenario has unless they are asked for otherwise. */
  private numbers(node: ts.Expression): Readonly<Record<string, number>> {
    if (!ts.isObjectLiteralExpression(node)) return this.names.refuse(node, 'numbers of a scenario are written { vcpus: 3 }');
    const numbers: Record<string, number> = {};
    for (const property of node.properties) {
      if (!ts.isPropertyAssignment(property) || !ts.isIdentifier(property.name) || !ts.isNumericLiteral(property.initializer))
        return this.names.refuse(property, 'numbers of a scenario are written { vcpus: 3 }');
      if (!this.parameters.some((p) => p.name === property.name.getText(this.source)))
        this.names.refuse(property.name, `this model has no parameter ${property.name.getText(this.source)}`);
      numbers[property.name.text] = this.names.integer(property.initializer);
    }
    return numbers;
  }

  /** An object inside itself would have no end. */
  private refuseEndless(node: ts.Statement): void {
    if (!ts.isInterfaceDeclaration(node)) return;
    const { structs } = this.names;
    const inner = (type: FieldType): string => (type.kind === 'struct' ? type.struct : type.kind === 'array' ? inner(type.of) : '');
    const seen = new Set<string>();
    const open = [node.name.text];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      for (const { type } of structs.get(name)?.fields ?? []) {
        const next = inner(type);
        if (next === node.name.text) this.names.refuse(node.name, `${next} would contain itself: a pointer<${next}> refers to one`);
        if (next === '' || seen.has(next)) continue;
        if (seen.size >= objectsInside) this.names.refuse(node.name, `${node.name.text} contains more than ${objectsInside} other types`);
        open.push(next);
        seen.add(next);
      }
    }
  }

  /** A run must end: calls are followed to the end, so that none may lead back to its own function. */
  private refuseRecursion(functions: readonly FunctionIr[]): void {
    const byName = new Map(functions.map((fn) => [fn.name, fn]));
    const depth = new Map<string, number>();
    const visit = (fn: FunctionIr): number => {
      depth.set(fn.name, 0);
      let deepest = 0;
      for (const step of fn.steps) {
        const callee = step.kind === 'call' ? byName.get(step.name ?? '') : undefined;
        if (!callee || step.kind !== 'call') continue;
        const known = depth.get(callee.name) ?? visit(callee);
        if (known === 0) this.problems.push({ at: step.at, message: `${callee.name} calls itself: models have no recursion` });
        else if (known === callDepth) this.problems.push({ at: step.at, message: `calls go deeper than ${callDepth} functions here` });
        deepest = Math.max(deepest, known);
      }
      depth.set(fn.name, deepest + 1);
      return deepest + 1;
    };
    for (const fn of functions) if (!depth.has(fn.name)) visit(fn);
  }
}
