import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDiskTree } from '../../src/host/disk-tree.ts';
import { Linker } from '../../src/model/frontend/c/link.ts';
import { rewrite } from '../../src/model/frontend/c/rewrite.ts';
import { SyntaxParser } from '../../src/model/frontend/c/syntax.ts';
import { FileCache } from '../../src/model/frontend/c/file-cache.ts';
import { Unit } from '../../src/model/frontend/c/unit.ts';
import { createReviewer } from '../../src/model/reviewer.ts';
import { groupByArchitecture, sourcesBelow } from '../../src/model/scope.ts';
import type { Problem } from '../../src/model/source/location.ts';
import type { Tree } from '../../src/model/source/tree.ts';
import { grammar } from '../checks/fixture.ts';
import { lockCalls } from './lock-calls.ts';

/**
 * What the front end sees of whole folders, against two counts that know nothing of it: the functions that universal-ctags
 * lists, and the lock calls that stand in the text.
 */
const kernels = process.env['LOCKSTEP_KERNELS'];
/** Names each one that is missed. */
const verbose = process.env['LOCKSTEP_VERBOSE'] !== undefined;
/** One folder of those below. */
const only = process.env['LOCKSTEP_ONLY'];

/** Each folder with what it is checked together with. */
const folders = [
  { version: '6.1', folder: 'arch/riscv/kvm', paths: ['arch/riscv/kvm', 'virt/kvm'] },
  { version: '6.12', folder: 'virt/kvm', paths: ['arch/x86/kvm', 'virt/kvm'] },
  { version: '6.12', folder: 'arch/riscv/kvm', paths: ['arch/riscv/kvm', 'virt/kvm'] },
  { version: '6.12', folder: 'arch/x86/kvm', paths: ['arch/x86/kvm', 'virt/kvm'] },
  { version: '6.12', folder: 'kernel/locking', paths: ['kernel/locking'] },
  { version: '6.12', folder: 'mm', paths: ['mm'] },
];

interface Count {
  readonly all: number;
  readonly missed: readonly string[];
}

if (kernels === undefined) console.log('kernel coverage: skipped, LOCKSTEP_KERNELS names no folder');
else {
  for (const { version, folder, paths } of folders) {
    if (only !== undefined && only !== folder) continue;
    test(`${version}: ${folder}`, async (t) => {
      const root = join(kernels, `linux-source-${version}`);
      const tree = createDiskTree(root);
      const cache = new FileCache(tree);
      const parser = await SyntaxParser.load(grammar.runtimeWasm, grammar.grammarWasm);
      const sources = sourcesBelow([folder], tree, cache);

      const functions = countFunctions(root, sources, cache, parser);
      const seen = typeof functions === 'string' ? 1 : share(t, 'functions', functions);
      if (typeof functions === 'string') t.diagnostic(functions);

      const reviewer = await createReviewer({ tree, ...grammar });
      const { problems } = reviewer.check({ paths, scope: 'paths' });
      const resolved = resolvedSteps(tree, paths, cache, parser);
      const { calls, unlisted } = countLockCalls(sources, cache, resolved, problems);
      const understood = share(t, 'lock calls', calls);
      assert.ok(seen >= 0.97, 'functions');
      assert.ok(understood >= 0.98, 'lock calls');
      assert.deepEqual(unlisted, [], 'a lock call that is not understood must be among the problems');
    });
  }
}

function share(t: { diagnostic(message: string): void }, what: string, { all, missed }: Count): number {
  const percent = ((all - missed.length) / all) * 100;
  t.diagnostic(`${what}: ${all - missed.length} of ${all}, ${percent.toFixed(1)} %`);
  if (verbose) for (const line of missed) t.diagnostic(`  missed ${line}`);
  return percent / 100;
}

/** Functions that ctags finds; missed are those that are no item, or are parsed with an error. */
function countFunctions(root: string, sources: readonly string[], cache: FileCache, parser: SyntaxParser): Count | string {
  const ctags = spawnSync('ctags', ['-x', '--kinds-c=f', ...sources], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ctags.error || !ctags.stdout.includes(' function ')) return 'functions: skipped, there is no universal-ctags here';
  const tags = [...ctags.stdout.matchAll(/^(\S+)\s+function\s+(\d+)\s+(\S+)/gm)];
  const missed = tags.flatMap(([, name, line, path]) => {
    const file = cache.get(path!)!;
    const { items } = file.scanned;
    const at = file.lines.offset(Number(line), 1);
    const item = items.find(
      (i) => i.kind === 'function' && i.end > at && file.lines.line(i.start) <= Number(line) && isNamed(i.name, name!),
    );
    if (!item) return [`${path}:${line} ${name}: not seen`];
    const { text, alternative } = rewrite(file.text.slice(item.start, item.end));
    const errors = [text, ...(alternative === undefined ? [] : [alternative])].flatMap(
      (reading) => parser.parse(reading, item.start).errors,
    );
    return errors.length === 0 ? [] : [`${path}:${file.lines.line(errors[0]!)} ${name}: syntax`];
  });
  return { all: tags.length, missed };
}

/** ctags names a function that a macro defines by the macro. */
function isNamed(name: string, tag: string): boolean {
  return name === tag || /^[A-Z][A-Z0-9_]+$/.test(tag);
}

/** How many lock operations with a known class each line has, by `file:line`. */
function resolvedSteps(tree: Tree, paths: readonly string[], cache: FileCache, parser: SyntaxParser): ReadonlyMap<string, number> {
  const resolved = new Map<string, Set<number>>();
  for (const group of groupByArchitecture(sourcesBelow(paths, tree, cache))) {
    const program = new Linker(new Unit(group.architecture, group.sources, cache), parser).link(() => {});
    for (const fn of program.functions) {
      for (const step of fn.ir.steps) {
        if (!('lock' in step) || (step.lock.lockClass === '' && step.lock.parameter < 0)) continue;
        const { file, line, column } = fn.locate(step.at);
        const key = `${file}:${line}`;
        resolved.set(key, (resolved.get(key) ?? new Set()).add(column));
      }
    }
  }
  return new Map([...resolved].map(([key, columns]) => [key, columns.size]));
}

function countLockCalls(
  sources: readonly string[],
  cache: FileCache,
  resolved: ReadonlyMap<string, number>,
  problems: readonly Problem[],
): { calls: Count; unlisted: readonly string[] } {
  let all = 0;
  const missed: string[] = [];
  const unlisted: string[] = [];
  for (const path of sources) {
    const file = cache.get(path)!;
    const onLine = new Map<number, number>();
    for (const { line, name } of lockCalls(file.text)) {
      const before = onLine.get(line) ?? 0;
      onLine.set(line, before + 1);
      all++;
      if ((resolved.get(`${path}:${line}`) ?? 0) > before) continue;
      const shown = `${path}:${line} ${name}: ${file.lines.lineText(line).trim()}`;
      missed.push(shown);
      const unread = file.scanned.items
        .filter((i) => i.kind === 'function' && file.lines.line(i.start) <= line && file.lines.line(i.end) >= line)
        .map((i) => i.name);
      if (!problems.some((p) => p.file === path && (p.line === line || unread.some((fn) => p.message.startsWith(`syntax in ${fn} `)))))
        unlisted.push(shown);
    }
  }
  return { calls: { all, missed }, unlisted };
}
