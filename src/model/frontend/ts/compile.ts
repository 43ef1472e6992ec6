import { Project, ts } from 'ts-morph';
import type { Expression, ModelProgram, Scenario } from '../../ir/execution.ts';
import type { FunctionIr } from '../../ir/program.ts';
import { zero } from './builder.ts';
import { lowerFunction, lowerScenario } from './lower.ts';
import { nestingProblems } from './nesting.ts';
import { primitives } from './primitives.ts';
import type { ModelProblem } from './problems.ts';
import { Names } from './scope.ts';
import { describe, isOpaque, namedTypes, nothing, toFieldType, type Type, unknown } from './types.ts';

export type { ModelProblem };

/** Longer texts than this are no models, in UTF-16 units. */
const textLimit = 1_000_000;

/** Functions that call one another, and types inside a type. */
const callDepth = 100;
const objectsInside = 100;

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
  private readonly scenarios: Scenario[] = [];
  private readonly sources: string[] = [];
  private readonly declared = new Set<string>();
  /** Declarations of a name that something else has: only told. */
  private readonly repeated = new Set<ts.Node>();

  constructor(
    private readonly source: ts.SourceFile,
    private readonly file: string,
  ) {
    this.names = new Names(source);
  }

  compile(): Compiled {
    const functions: FunctionIr[] = [];
    // Types first, then what has them: a model may use what it declares further down.
    this.each((node) => this.nameTypes(node));
    this.each((node) => this.constants(node));
    this.each((node) => this.types(node));
    this.each((node) => this.objects(node));
    this.each((node) => this.nameFunctions(node));
    this.each((node) => {
      const known = ts.isFunctionDeclaration(node) && node.name ? this.names.functions.get(node.name.text) : undefined;
      if (known?.node === node) functions.push(this.placed(lowerFunction(known, this.names)));
      else if (ts.isExpressionStatement(node)) this.scenario(node);
      else if (!this.isDeclaration(node)) this.names.refuse(node, 'a model has interfaces, objects, functions and scenarios');
    });
    this.each((node) => this.refuseEndless(node));
    this.refuseRecursion(functions);
    const { structs, globals, constants, parameters, problems } = this.names;
    return {
      program: {
        file: this.file,
        structs: [...structs].map(([name, fields]) => ({
          name,
          fields: [...fields].map(([field, type]) => ({ name: field, type: toFieldType(type) })),
        })),
        globals: [...globals].map(([name, type]) => ({ name, type: toFieldType(type) })),
        constants: [...constants].map(([name, value]) => ({ name, value })),
        parameters: [...parameters.values()],
        functions,
        scenarios: this.scenarios,
        sources: this.sources,
        text: this.source.text,
      },
      problems: problems.sorted(),
    };
  }

  private each(read: (node: ts.Statement) => void): void {
    for (const node of this.source.statements) this.names.problems.recover(() => read(node), undefined);
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
    const isTaken = namedTypes.has(name) || name === 'pointer' || name === 'array';
    if (isTaken || structs.has(name) || aliases.has(name)) {
      this.repeated.add(node);
      this.names.refuse(node.name, isTaken ? `${name} is a type of the language` : `${name} is declared twice`);
    }
    if (ts.isInterfaceDeclaration(node)) structs.set(name, new Map());
    else aliases.set(name, node.type);
  }

  private types(node: ts.Statement): void {
    if (this.repeated.has(node)) return;
    if (ts.isTypeAliasDeclaration(node)) {
      if (node.typeParameters) this.names.tell(node.name, 'a type of a model has no parameters');
      this.names.type(node.type, true);
    }
    if (!ts.isInterfaceDeclaration(node)) return;
    if (node.heritageClauses || node.typeParameters) this.names.tell(node.name, 'an interface of a model stands alone');
    const fields = this.names.structs.get(node.name.text)!;
    for (const member of node.members) {
      if (!member.name || !ts.isIdentifier(member.name)) this.names.tell(member, 'a field is a name and its type');
      else fields.set(member.name.text, this.field(member, member.name, fields));
    }
  }

  private field(member: ts.TypeElement, name: ts.Identifier, fields: ReadonlyMap<string, Type>): Type {
    const isField = ts.isPropertySignature(member) && member.type && !member.questionToken;
    if (!isField) this.names.tell(member, 'a field is a name and its type');
    else if (fields.has(name.text)) this.names.tell(name, `${name.text} is declared twice`);
    return isField ? this.names.type(member.type, true) : unknown;
  }

  private declarations(node: ts.Statement): readonly ts.VariableDeclaration[] {
    if (!ts.isVariableStatement(node)) return [];
    if (this.names.keyword(node.declarationList) !== 'const') this.names.tell(node, 'what a model declares for all is const');
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
      const read = (): Expression =>
        called === 'parameter' ? this.parameter(initializer as ts.CallExpression) : this.constantValue(initializer);
      this.names.constants.set(name.text, this.names.problems.recover(read, zero));
    }
  }

  private parameter(call: ts.CallExpression): Expression {
    const { parameters } = this.names;
    const [label, value] = call.arguments;
    if (!label || !ts.isStringLiteralLike(label)) return this.names.refuse(call, 'a parameter has a name in quotes');
    this.names.count(call, { least: 1, most: 2 });
    if (value && !ts.isNumericLiteral(value)) return this.names.refuse(value, 'the value of a parameter is a number');
    if (parameters.has(label.text)) return this.names.refuse(label, `parameter ${label.text} is declared twice`);
    const number = value ? this.names.integer(value) : 1;
    parameters.set(label.text, { name: label.text, value: number, isOption: false, at: this.names.at(call) });
    return { kind: 'global', name: `@${label.text}` };
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
      this.names.globals.set(name.text, unknown);
      this.names.globals.set(name.text, this.object(called, initializer as ts.CallExpression));
    }
  }

  private object(called: string, call: ts.CallExpression): Type {
    const written = call.typeArguments?.[0];
    if (!written) return this.names.refuse(call, `${called}<…>() names the type of what it makes`);
    const type = this.names.type(written, true);
    if (type.kind === 'number' || type.kind === 'reference') this.names.tell(written, 'a number or a pointer is a field of an object');
    const count = call.arguments[0];
    if (called === 'objects' && !count) this.names.refuse(call, 'objects<…>(n) says how many');
    this.names.count(call, { least: called === 'object' ? 0 : 1 });
    return called === 'object' ? type : { kind: 'array', of: type, length: this.constantValue(count!) };
  }

  private declareOnce(name: ts.Identifier): void {
    if (primitives.has(name.text)) this.names.tell(name, `${name.text} is a primitive of models`);
    else if (this.declared.has(name.text)) this.names.tell(name, `${name.text} is declared twice`);
    this.declared.add(name.text);
  }

  private nameFunctions(node: ts.Statement): void {
    if (!ts.isFunctionDeclaration(node) || !node.name || !node.body) return;
    const name = node.name.text;
    if (node.asteriskToken || node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword))
      this.names.tell(node.name, 'a function of a model is neither async nor a generator');
    if (node.typeParameters) this.names.tell(node.name, 'a function of a model has no type parameters');
    this.declareOnce(node.name);
    const parameters = node.parameters.map((each) => this.names.problems.recover(() => this.parameterType(each), unknown));
    const returns = node.type ? this.names.type(node.type, false) : this.unwritten(node, node.body);
    if (node.type && isOpaque(returns)) this.names.tell(node.type, 'a function gives back a number, a reference, or nothing');
    if (!this.names.functions.has(name))
      this.names.functions.set(name, { node, parameters, returns: isOpaque(returns) ? unknown : returns });
  }

  private parameterType(node: ts.ParameterDeclaration): Type {
    if (!ts.isIdentifier(node.name) || node.initializer || node.dotDotDotToken || node.questionToken)
      return this.names.refuse(node, 'a parameter is a name and its type');
    if (!node.type) return this.names.refuse(node, `the type of ${node.name.text} is missing`);
    const type = this.names.type(node.type, false);
    if (isOpaque(type)) this.names.refuse(node, `${describe(type)} is passed by the object that has it`);
    return type.kind === 'nothing' ? this.names.refuse(node.type, 'void is not the type of a parameter') : type;
  }

  /** A function that says nothing of what it gives back gives nothing back. */
  private unwritten({ name }: ts.FunctionDeclaration, body: ts.Block): Type {
    const open: ts.Node[] = [body];
    for (let node = open.pop(); node; node = open.pop()) {
      if (ts.isReturnStatement(node) && node.expression) {
        this.names.tell(name!, `the type of what ${name!.text} gives back is missing`);
        return unknown;
      }
      ts.forEachChild(node, (child) => void open.push(child));
    }
    return nothing;
  }

  private scenario(node: ts.ExpressionStatement): void {
    const call = node.expression;
    if (this.calledName(call) === 'models' && ts.isCallExpression(call)) {
      for (const path of call.arguments)
        if (ts.isStringLiteralLike(path)) this.sources.push(path.text);
        else this.names.tell(path, 'a path of the tree in quotes is expected here');
      return;
    }
    if (this.calledName(call) !== 'scenario' || !ts.isCallExpression(call))
      return this.names.refuse(node, 'outside of functions a model calls nothing but models(…) and scenario(…)');
    const [name, title, body, numbers] = call.arguments;
    if (!name || !ts.isStringLiteralLike(name) || !title || !ts.isStringLiteralLike(title) || !body || !ts.isArrowFunction(body))
      return this.names.refuse(call, "a scenario is written scenario('name', 'Title', () => { … })");
    this.names.count(call, { least: 3, most: 4 });
    if (this.scenarios.some((s) => s.name === name.text)) this.names.tell(name, `scenario ${name.text} is declared twice`);
    this.scenarios.push({
      name: name.text,
      title: title.text,
      at: this.names.at(call),
      values: numbers ? this.names.problems.recover(() => this.numbers(numbers), {}) : {},
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
      if (this.names.parameters.get(property.name.text)?.isOption !== false)
        this.names.refuse(property.name, `this model has no parameter ${property.name.getText(this.source)}`);
      numbers[property.name.text] = this.names.integer(property.initializer);
    }
    return numbers;
  }

  /** An object inside itself would have no end. */
  private refuseEndless(node: ts.Statement): void {
    if (!ts.isInterfaceDeclaration(node)) return;
    const { structs } = this.names;
    const inner = (type: Type): string => (type.kind === 'object' ? type.struct : type.kind === 'array' ? inner(type.of) : '');
    const seen = new Set<string>();
    const open = [node.name.text];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      for (const type of structs.get(name)?.values() ?? []) {
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
    const { problems } = this.names;
    const byName = new Map(functions.map((fn) => [fn.name, fn]));
    const depth = new Map<string, number>();
    const visit = (fn: FunctionIr): number => {
      depth.set(fn.name, 0);
      let deepest = 0;
      for (const step of fn.steps) {
        const callee = step.kind === 'call' ? byName.get(step.name ?? '') : undefined;
        if (!callee || step.kind !== 'call') continue;
        const known = depth.get(callee.name) ?? visit(callee);
        if (known === 0) problems.tell(step.at, `${callee.name} calls itself: models have no recursion`);
        else if (known === callDepth) problems.tell(step.at, `calls go deeper than ${callDepth} functions here`);
        deepest = Math.max(deepest, known);
      }
      depth.set(fn.name, deepest + 1);
      return deepest + 1;
    };
    for (const fn of functions) if (!depth.has(fn.name)) visit(fn);
  }
}
