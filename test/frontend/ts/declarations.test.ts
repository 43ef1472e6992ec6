import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { compileModel } from '../../../src/model/frontend/ts/compile.ts';
import { claimProperties, primitives } from '../../../src/model/frontend/ts/primitives.ts';
import { namedTypes } from '../../../src/model/frontend/ts/types.ts';

const root = path.join(import.meta.dirname, '../../..');
const declarations = path.join(root, 'src/model/frontend/ts/lockstep-model.d.ts');
const source = ts.createSourceFile(declarations, readFileSync(declarations, 'utf8'), ts.ScriptTarget.ESNext, true);

/** Types that TypeScript itself asks for. */
const javascript = 'Array Boolean CallableFunction Function IArguments NewableFunction Number Object RegExp String'.split(' ');

test('the shipped models type-check in an editor', () => {
  assert.deepEqual(typeErrors(), []);
});

/** A model with one line inside a function, and what an editor says of the line. */
const mistakes: readonly (readonly [line: string, code: number])[] = [
  ['mutex_lock(o.s);', 2345],
  ['spin_lock(o.raw);', 2345],
  ['mutex_lock(o);', 2345],
  ['mutex_lock(o.l, 1);', 2554],
  ['mutex_lock_nested(o.l);', 2554],
  ['o.n = o.l;', 2322],
  ['WRITE_ONCE(o.n);', 2554],
  ['complete(o.n);', 2345],
  ['wait_event(o.q, o.n);', 2345],
  ['wait_for_completion(o.n);', 2345],
  ['any_of(o);', 2345],
  ['frobnicate();', 2304],
  ["assert(o.n === 0, 'text', 'deadlock');", 2345],
  ["thread('A', f, 1);", 2554],
  ['new Date();', 2304],
  ["eval('1');", 2304],
];

test('an editor reports what primitives do not take', () => {
  const head = 'interface o { n: int; l: mutex; s: spinlock_t; raw: raw_spinlock_t; q: wait_queue_head_t }\nconst o = object<o>();\n';
  const file = path.join(root, 'src/model/vcpu/mistake.model.ts');
  for (const [line, code] of mistakes) {
    const errors = typeErrors({ file, text: `${head}function f(): void {\n${line}\n}\nexport {};\n` });
    assert.deepEqual(
      errors.map((e) => e.code),
      [code],
      line,
    );
  }
});

test('every primitive of the compiler is declared, and nothing else is', () => {
  const declared = new Set(source.statements.filter(ts.isFunctionDeclaration).map((node) => node.name!.text));
  assert.deepEqual([...declared].sort(), [...primitives].sort());
});

test('every type of the compiler is declared, and nothing else is', () => {
  const types = source.statements.filter((node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node));
  const names = types.map((node) => node.name.text).filter((name) => !javascript.includes(name) && name !== 'claim_property');
  assert.deepEqual(names.sort(), [...namedTypes.keys(), 'pointer', 'array'].sort());
  for (const type of [...namedTypes.keys(), 'pointer<x>', 'array<int, 2>'])
    assert.deepEqual(compileModel(`interface x { n: int }\ninterface y { f: ${type} }`, 'm').problems, []);
});

test('the properties of claims are those that the compiler takes', () => {
  const alias = source.statements.find((node) => ts.isTypeAliasDeclaration(node) && node.name.text === 'claim_property');
  assert.equal(
    alias && ts.isTypeAliasDeclaration(alias) ? alias.type.getText() : '',
    [...claimProperties].map((name) => `'${name}'`).join(' | '),
  );
});

test('every function is declared with a text that says what it means', () => {
  const undocumented = source.statements.filter(
    (node, i) =>
      ts.isFunctionDeclaration(node) &&
      ts.getJSDocCommentsAndTags(node).length === 0 &&
      // Overloads follow the one that has it.
      (source.statements[i - 1] as ts.FunctionDeclaration).name?.text !== node.name!.text,
  );
  assert.deepEqual(
    undocumented.map((node) => node.getText()),
    [],
  );
});

/** An argument of each type that primitives take. */
const examples: Readonly<Record<string, string>> = {
  int: 'o.n',
  bool: 'o.n',
  T: 'o.n',
  mutex: 'o.mutex',
  spinlock_t: 'o.spin',
  raw_spinlock_t: 'o.raw',
  rwlock_t: 'o.rw',
  rw_semaphore: 'o.sem',
  srcu_struct: 'o.srcu',
  completion: 'o.done',
  wait_queue_head_t: 'o.queue',
  '() => bool': '() => o.n === 0',
  'int[]': '1, 2',
  'bool[]': 'true, false',
  '(T': 'o, o',
  'array<T>': 'all',
};

const inScenarios = ['object', 'objects', 'parameter', 'models', 'scenario', 'thread', 'at_end', 'unfinished'];

/** Primitives that functions call, each with the arguments that its first declaration takes. */
const calls = source.statements.filter(ts.isFunctionDeclaration).flatMap((node, i, all) => {
  const name = node.name!.text;
  if (inScenarios.includes(name) || all[i - 1]?.name?.text === name) return [];
  const given = node.parameters.map(({ type, name: parameter }) => {
    if (name === 'option') return "'extra'";
    if (name === 'any_other' && parameter.getText() === 'except') return 'o';
    if (type!.getText() === 'string') return "'text'";
    if (type!.getText() === 'claim_property') return "'assert'";
    return examples[type!.getText().split(' | ')[0]!]!;
  });
  return [{ name, given, parameters: node.parameters }];
});

/** Problems of a call, each the text that it is about. */
function problemsOf(name: string, given: readonly string[]): readonly string[] {
  const text = `
    interface x { n: int; mutex: mutex; spin: spinlock_t; raw: raw_spinlock_t; rw: rwlock_t; sem: rw_semaphore; srcu: srcu_struct;
      done: completion; queue: wait_queue_head_t }
    const all = objects<x>(2);
    const cpu_hotplug_lock = object<rw_semaphore>();
    function f(o: x): void { ${name}(${given.join(', ')}); }`;
  return compileModel(text, 'm').problems.map(({ at }) => text.slice(at.start, at.end));
}

test('the compiler takes every primitive as it is declared', () => {
  assert.ok(calls.length > 100);
  for (const { name, given } of calls) {
    assert.ok(!given.includes(undefined as never), name);
    assert.deepEqual(problemsOf(name, given), [], name);
  }
});

test('the compiler takes nothing else in place of an argument, none too many and none too few', () => {
  /** Declared types, and what else goes for them. */
  const alike: Readonly<Record<string, readonly string[]>> = {
    bool: ['o'],
    string: ["'text'"],
    spinlock_t: ['o.raw'],
    raw_spinlock_t: ['o.spin'],
    'mutex | rw_semaphore': ['o.sem', 'o.spin', 'o.raw', 'o.rw', 'o.srcu'],
  };
  const values = ["'text'", 'o', 'o.n', 'o.mutex', 'o.spin', 'o.raw', 'o.rw', 'o.sem', 'o.srcu', 'o.done', 'o.queue', 'all'];
  for (const { name, given, parameters } of calls) {
    const isOpen = parameters.some(({ dotDotDotToken }) => dotDotDotToken);
    const least = isOpen ? 1 : parameters.filter(({ questionToken }) => !questionToken).length;
    if (!isOpen) assert.deepEqual(problemsOf(name, [...given, '7']), ['7'], `${name} with one more`);
    if (least > 0) assert.deepEqual(problemsOf(name, given.slice(0, least - 1)), [`${name}(${given.slice(0, least - 1).join(', ')})`]);
    for (const [i, { type }] of parameters.entries()) {
      if (isOpen) continue;
      const declared = type!.getText();
      const fitting = [given[i], ...(Object.entries(alike).find(([start]) => declared.startsWith(start))?.[1] ?? [])];
      for (const value of values.filter((each) => !fitting.includes(each)))
        assert.deepEqual(problemsOf(name, given.with(i, value)), [value], `${name}, argument ${i + 1}`);
    }
  }
});

/** What TypeScript says of the project of the shipped models, or of one more file in it. */
function typeErrors(more?: { readonly file: string; readonly text: string }): readonly { readonly code: number; readonly text: string }[] {
  const folder = path.join(root, 'src/model/vcpu');
  const { config } = ts.readConfigFile(path.join(folder, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as { config: unknown };
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion) =>
    more && path.resolve(name) === more.file ? ts.createSourceFile(name, more.text, languageVersion) : read(name, languageVersion);
  const program = ts.createProgram(more ? [declarations, more.file] : fileNames, options, host);
  return ts.getPreEmitDiagnostics(program).map(({ code, messageText, file, start }) => ({
    code,
    text: `${file?.fileName ?? ''}:${start ?? 0}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  }));
}
