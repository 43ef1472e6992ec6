import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { createReviewer } from '../../src/model/reviewer.ts';
import type { CheckRequest, CheckResult } from '../../src/model/reviewer-api.ts';
import { LineIndex } from '../../src/model/source/text.ts';
import { grammar, readFixtures, treeOf } from '../checks/fixture.ts';
import { readTree, sampleTree } from '../sample/sample-tree.ts';

/** A case that takes longer is a hang: the largest takes a tenth of a second. */
const timeLimit = 20_000;
/** The same cases in each run; other ones with LOCKSTEP_SEED, more with LOCKSTEP_RUNS. */
const seed = Number(process.env['LOCKSTEP_SEED'] ?? 1);
const runs = Number(process.env['LOCKSTEP_RUNS'] ?? 250);

interface Program {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
  readonly request: CheckRequest;
}

interface Mutation {
  readonly kind: 'delete' | 'duplicate' | 'insert' | 'truncate' | 'splice';
  /** Places in the text, in ten thousandths of it. */
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly text: string;
}

type Reply = { readonly result: CheckResult } | { readonly error: string };

// This file is also the process that reviews: a reviewer that hangs, or takes all memory, can be ended only from outside.
if (process.argv[2] !== 'review') runTests();
else process.on('message', (program: Program) => void review(program).then((reply) => process.send?.(reply)));

async function review({ files, request }: Program): Promise<Reply> {
  try {
    const reviewer = await createReviewer({ tree: treeOf(files), ...grammar });
    return { result: reviewer.check(request) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function runTests(): void {
  const programs = new Map(readPrograms().map((program) => [program.name, program]));
  let reviewer: ChildProcess | undefined;
  after(() => reviewer?.kill());

  /** The reviewer's answer, or why there is none. */
  async function ask(program: Program): Promise<Reply> {
    const execArgv = ['--import', 'tsx', '--max-old-space-size=1500'];
    const asked = (reviewer ??= fork(fileURLToPath(import.meta.url), ['review'], { execArgv, serialization: 'advanced' }));
    const reply = await new Promise<Reply>((resolve) => {
      const timer = setTimeout(() => {
        resolve({ error: `no answer in ${timeLimit} ms` });
      }, timeLimit);
      asked.once('message', (answer: Reply) => {
        clearTimeout(timer);
        resolve(answer);
      });
      asked.once('exit', (code, signal) => {
        clearTimeout(timer);
        resolve({ error: `the process ended: ${signal ?? code}` });
      });
      asked.send(program);
    });
    asked.removeAllListeners();
    if ('error' in reply) {
      asked.kill('SIGKILL');
      reviewer = undefined;
    }
    return reply;
  }

  async function mustAnswer(program: Program): Promise<void> {
    const reply = await ask(program);
    assert.ok('result' in reply, 'error' in reply ? reply.error : '');
    for (const place of placesOf(reply.result)) assertInside(program, place);
  }

  test('any mutation of a program gets an answer, with places that exist', async () => {
    const mutated = fc.record({
      // The sample as often as this, since it has the calls and pointers that the fixtures lack.
      name: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...programs.keys()) }, { weight: 1, arbitrary: fc.constant('sample') }),
      file: fc.nat(),
      mutations: fc.array(mutation, { minLength: 1, maxLength: 6 }),
    });
    const property = fc.asyncProperty(mutated, async ({ name: of, file, mutations }) => {
      const program = programs.get(of)!;
      const names = [...program.files.keys()].filter((name) => /\.[ch]$/.test(name));
      const name = names[file % names.length]!;
      const text = mutations.reduce(mutate, program.files.get(name)!);
      await mustAnswer({ ...program, files: new Map(program.files).set(name, text) });
    });
    await fc.assert(property, {
      seed,
      numRuns: runs,
      includeErrorInReport: true,
      endOnFailure: process.env['LOCKSTEP_SHRINK'] === undefined,
    });
  });

  for (const [title, text] of extremes()) {
    test(`extreme text: ${title}`, async () => {
      await mustAnswer({ name: title, files: new Map([['fixture/extreme.c', text]]), request: { paths: ['fixture'], scope: 'paths' } });
    });
  }
}

function readPrograms(): Program[] {
  const fixtures = [...readFixtures(''), ...readFixtures('syntax/')].map(({ name, files }): Program => {
    const orders = [...files.keys()].filter((path) => path.endsWith('.rst'));
    return { name, files, request: { paths: ['fixture'], scope: 'paths', orders } };
  });
  return [...fixtures, { name: 'sample', files: readTree(sampleTree), request: { paths: ['arch/riscv/kvm'], scope: 'module' } }];
}

const brackets = ['{', '}', '(', ')', '[', ']', '"', "'", ';', ',', ':', '?', '*', '&', '->', '.', '#', '\\', '\\\n', '/*', '*/', '//'];
const directives = [
  '\n#if X\n',
  '\n#ifdef CONFIG_A\n',
  '\n#else\n',
  '\n#elif Y\n',
  '\n#endif\n',
  '\n#define F(x) F(F(x))\n',
  '\n#include "kernel.h"\n',
];
const odd = ['\0', '\r', '\r\n', '\f', '\t', '\uFEFF', '\u2028', '\uD800', '😀', 'é'];
const words = [
  ' mutex_lock(&a); ',
  ' mutex_unlock(&a); ',
  ' guard(mutex)(&a); ',
  ' scoped_guard(mutex, &a) ',
  ' if (mutex_trylock(&a)) ',
  ' return; ',
  ' goto out; ',
  ' out: ',
  ' case 1: ',
  ' default: ',
  ' else ',
  ' while (1) ',
  ' do ',
  ' struct ',
  ' typedef ',
  ' static void f(void) ',
  ' = { .f = f, } ',
  ' ({ ',
  ' }) ',
];

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('delete', 'delete', 'duplicate', 'insert', 'insert', 'insert', 'truncate', 'splice'),
  from: fc.noBias(fc.nat(9999)),
  to: fc.noBias(fc.nat(9999)),
  length: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 200 })),
  text: fc.constantFrom(...brackets, ...directives, ...odd, ...words),
});

function mutate(text: string, { kind, from, to, length, text: inserted }: Mutation): string {
  const at = Math.floor((from / 10_000) * text.length);
  const other = Math.floor((to / 10_000) * text.length);
  const part = text.slice(at, at + length);
  switch (kind) {
    case 'delete':
      return text.slice(0, at) + text.slice(at + length);
    case 'duplicate':
      return text.slice(0, at) + part + text.slice(at);
    case 'insert':
      return text.slice(0, at) + inserted + text.slice(at);
    case 'truncate':
      return to < 5000 ? text.slice(at) : text.slice(0, at);
    case 'splice':
      return text.slice(0, other) + part + text.slice(other);
  }
}

/** What no mutation comes to: much of one thing. */
function extremes(): [string, string][] {
  const inFunction = (body: string) => `void f(int a, int b)\n{\n${body}\n}\n`;
  const many = 3000;
  return [
    ['nothing', ''],
    ['a NUL', '\0'],
    ['no end of line', 'int x'],
    ['a comment that does not end', inFunction('for (a = 0; a < b; a/*++) {\nif (!f())\nmutex_unlock(&m);')],
    ['a block behind a short name', inFunction('F (a) {\ncase 1:\nb++;\n}')],
    ['open parentheses', inFunction(`a = ${'('.repeat(many)}`)],
    ['nested parentheses', inFunction(`a = ${'('.repeat(many)}b${')'.repeat(many)};`)],
    ['open braces', inFunction('{'.repeat(many))],
    ['nested blocks', inFunction('{'.repeat(many) + '}'.repeat(many))],
    ['nested ifs', inFunction(`${'if (a) '.repeat(many)};`)],
    ['a long else chain', inFunction(`if (a) ;${' else if (b) ;'.repeat(many)}`)],
    ['a long conditional', inFunction(`a = ${'a ? b : '.repeat(many)}b;`)],
    ['a long sum', inFunction(`a = ${'a + '.repeat(many)}b;`)],
    ['a long member path', inFunction(`a = b${'->x'.repeat(many)};`)],
    ['nested calls', inFunction(`${'f('.repeat(many)}a${')'.repeat(many)};`)],
    ['nested #if', '#if A\n'.repeat(many) + inFunction('') + '#endif\n'.repeat(many)],
    ['open #if', '#ifdef A\n'.repeat(many) + inFunction('')],
    ['many options', inFunction(Array.from({ length: 40 }, (_, i) => `#ifdef CONFIG_${i}\nif (a)\n#endif\nb++;`).join('\n'))],
    ['many flags', inFunction(Array.from({ length: 40 }, (_, i) => `if (a == ${i}) mutex_lock(&l${i});`).join('\n'))],
    ['many flags, two times', inFunction([0, 1].flatMap((way) => flags(way === 0 ? 'mutex_lock' : 'mutex_unlock')).join('\n'))],
    ['many cases', inFunction(`switch (a) {${Array.from({ length: many }, (_, i) => `case ${i}: b++;`).join('\n')}}`)],
    ['a macro that calls itself', `#define F(x) F(F(x))\n${inFunction('F(a);')}`],
    ['macros that double', `${doubling(30)}${inFunction('D30;')}`],
    [
      'functions that call each other',
      Array.from({ length: 300 }, (_, i) => `void f${i}(void) { f${(i * 7) % 300}(); f${(i * 11) % 300}(); }`).join('\n'),
    ],
    ['many locks in a row', inFunction(Array.from({ length: 200 }, (_, i) => `mutex_lock(&l${i});`).join('\n'))],
    ['a struct in itself', `struct s { struct s s; struct mutex m; };\nvoid f(struct s *s) { mutex_lock(&s->s.s.s.m); }\n`],
    ['typedefs in a circle', `typedef a b; typedef b a;\nvoid f(a *x) { mutex_lock(&x->m); }\n`],
    ['a header that includes itself', `#include "extreme.c"\n${inFunction('')}`],
    ['one long line', inFunction('b++; '.repeat(20_000))],
    ['one long string', inFunction(`a = "${'x{'.repeat(50_000)}";`)],
  ];
}

function flags(operation: string): string[] {
  return Array.from({ length: 24 }, (_, i) => `if (f${i}) ${operation}(&l${i});`);
}

function doubling(levels: number): string {
  return Array.from({ length: levels + 1 }, (_, i) => (i === 0 ? '#define D0 a++;\n' : `#define D${i} D${i - 1} D${i - 1}\n`)).join('');
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

function placesOf({ findings, problems }: CheckResult): Place[] {
  return [...problems, ...findings.flatMap((finding) => [finding.at, ...finding.witnesses.flat().map((hop) => hop.at)])];
}

function assertInside({ files }: Program, place: Place): void {
  const text = files.get(place.file);
  const shown = JSON.stringify(place);
  if (text === undefined) {
    // A file that could not be read has a problem, but no lines.
    assert.equal(place.line, 0, shown);
    return;
  }
  const index = new LineIndex(text);
  const lines = index.line(text.length);
  const isWholeFile = place.line === 0 && place.column === undefined;
  assert.ok(isWholeFile || (place.line >= 1 && place.line <= lines), `${shown}: the file has ${lines} lines`);
  if (place.column === undefined) return;
  assert.ok(place.column >= 1 && place.column <= index.lineText(place.line).length + 1, `${shown}: outside the line`);
  assert.ok(place.endLine! >= place.line && place.endLine! <= lines, `${shown}: ends outside the file`);
  assert.ok(place.endLine! > place.line || place.endColumn! >= place.column, `${shown}: ends before it begins`);
}
