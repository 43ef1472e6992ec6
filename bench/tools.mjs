// The tools that are measured: what each is started with, and how its output is read.
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/process.mjs';
import { versionOf } from './version.mjs';

const folders = ['arch/riscv/kvm', 'virt/kvm'];
const locks = 'scripts/coccinelle/locks';
/** The inversion of 6.1 that the hart start path had: `kvm->lock` inside `vcpu->mutex`. */
const inversion = { file: 'arch/riscv/kvm/vcpu_sbi_hsm.c', text: 'mutex_lock(&kvm->lock);' };

/**
 * One per tool: `commands` are run one after another; `gaveUp` (files), `found` (the inversion) and `remark` read what
 * they wrote. `problem`: why the tool is left out.
 */
export function benchTools({ tree, whole, prepared }) {
  const sources = sourcesOf(tree);
  const at = placeOf(tree, inversion);
  return [
    lockstep(tree, sources, at),
    sparse(sources, prepared, at, tree),
    gcc(sources, prepared, at, tree),
    cppcheck(tree, at),
    coccinelle(whole, at),
  ];
}

export function sourcesOf(tree) {
  const inFolder = (folder) => fs.readdirSync(path.join(tree, folder)).map((name) => `${folder}/${name}`);
  return folders
    .flatMap(inFolder)
    .filter((file) => file.endsWith('.c'))
    .sort();
}

function lockstep(tree, sources, at) {
  return {
    name: 'lockstep',
    version: JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version,
    commands: [
      {
        program: process.execPath,
        args: [path.join(root, 'dist/cli.cjs'), 'check', ...folders, '--tree', tree, '--no-cache', '--format', 'json'],
        cwd: tree,
      },
    ],
    /** A file it does not list as read, or of which it says that a part could not be read. */
    gaveUp: ([{ stdout }]) => {
      const { problems, stats } = JSON.parse(stdout);
      const unread = problems.filter(({ message }) => /could not be read|do not pair up/.test(message)).map(({ file }) => file);
      return sources.length - stats.files + new Set(unread).size;
    },
    remark: ([{ stdout }]) => `${JSON.parse(stdout).stats.unresolvedLockOperations} lock operations whose lock class it cannot tell`,
    found: ([{ stdout }]) => JSON.parse(stdout).findings.some((finding) => finding.at.file === at.file && finding.at.line === at.line),
  };
}

function sparse(sources, prepared, at, tree) {
  const version = versionOf('sparse');
  const tool = { name: 'sparse', version };
  if (version === undefined) return { ...tool, problem: 'not installed (package sparse)' };
  // sparse 0.6.4 stops at extensions that it does not know, before it reads a file.
  const plain = (arg) => (arg.startsWith('-march=') ? arg.replace(/_z.*/, '') : arg);
  return compilerLike(tool, sources, prepared, at, tree, (args) => ({ program: 'sparse', args: args.map(plain) }));
}

function gcc(sources, prepared, at, tree) {
  const tool = { name: 'gcc -fsyntax-only', version: prepared.compiler && versionOf(prepared.compiler) };
  return compilerLike(tool, sources, prepared, at, tree, (args) => {
    // What precedes the dependency file is for sparse alone.
    const own = args.findIndex((arg) => arg.startsWith('-Wp,-MMD'));
    return { program: prepared.compiler, args: ['-fsyntax-only', ...args.slice(own + 1)] };
  });
}

/** One process per source, with the flags of the kernel's own build. Sources that this configuration leaves out get those of `kvm_main.c`. */
function compilerLike(tool, sources, prepared, at, tree, commandOf) {
  if (prepared.problem !== undefined) return { ...tool, problem: prepared.problem };
  const known = new Map(prepared.commands.map(({ file, args }) => [file, args]));
  const model = known.get('virt/kvm/kvm_main.c');
  const argsOf = (file) => known.get(file) ?? [...model.slice(0, -1), path.join(tree, file)];
  return {
    ...tool,
    commands: sources.map((file) => ({ ...commandOf(argsOf(file)), cwd: prepared.folder })),
    gaveUp: (results) =>
      results.filter(({ code, stderr }) => /: error: /.test(stderr) || (code !== 0 && !stderr.includes(': warning: '))).length,
    found: foundAt(at),
    remark: () =>
      `${sources.filter((file) => !known.has(file)).length} of the files are not in the configuration, and read with the flags of kvm_main.c`,
  };
}

function cppcheck(tree, at) {
  const version = versionOf('cppcheck');
  const tool = { name: 'cppcheck, no includes', version };
  if (version === undefined) return { ...tool, problem: 'not installed (package cppcheck)' };
  const args = ['--quiet', '--enable=warning', '--template={file}:{line}: {id}: {message}', ...folders];
  const stops = /^(.*?):\d+: (syntaxError|unknownMacro|internalError|internalAstError|cppcheckError|preprocessorErrorDirective):/gm;
  return {
    ...tool,
    commands: [{ program: 'cppcheck', args, cwd: tree }],
    gaveUp: ([{ stderr }]) => new Set([...stderr.matchAll(stops)].map(([, file]) => file)).size,
    found: foundAt(at),
  };
}

function coccinelle(whole, at) {
  const version = versionOf('spatch');
  const tool = { name: 'coccinelle, lock rules', version };
  if (version === undefined) return { ...tool, problem: 'not installed (package coccinelle)' };
  if (whole.problem !== undefined) return { ...tool, problem: whole.problem };
  const rules = fs
    .readdirSync(path.join(whole.tree, locks))
    .filter((name) => name.endsWith('.cocci'))
    .sort();
  const argsOf = (rule, folder) => ['-D', 'report', '--very-quiet', '--no-includes', '--cocci-file', `${locks}/${rule}`, '--dir', folder];
  return {
    ...tool,
    commands: rules.flatMap((rule) => folders.map((folder) => ({ program: 'spatch', args: argsOf(rule, folder), cwd: whole.tree }))),
    // The rules do not say so; asked for separately, and not part of the time.
    asked: folders.map((folder) => ({ program: 'spatch', args: ['--parse-c', folder], cwd: whole.tree })),
    gaveUp: (_results, asked) =>
      asked.reduce((sum, { stdout, stderr }) => sum + Number(/pbs = (\d+)/.exec(stdout + stderr)?.[1] ?? NaN), 0),
    found: foundAt(at),
    remark: () =>
      `${rules.length} rules (${rules.map((rule) => rule.replace('.cocci', '')).join(', ')}); a file it gave up on has functions that it cannot parse`,
  };
}

function foundAt({ file, line }) {
  const place = `${path.basename(file)}:${line}:`;
  return (results) => results.some(({ stdout, stderr }) => stdout.includes(place) || stderr.includes(place));
}

function placeOf(tree, { file, text }) {
  const lines = fs.readFileSync(path.join(tree, file), 'utf8').split('\n');
  return { file, line: lines.findIndex((line) => line.includes(text)) + 1 };
}
