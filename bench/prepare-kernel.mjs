// Configures a kernel for riscv beside its source, as tools need it that read C the way the compiler does.
import fs from 'node:fs';
import path from 'node:path';
import { root, run } from '../scripts/process.mjs';
import { runTimed } from './measure.mjs';
import { versionOf } from './version.mjs';

const cross = 'riscv64-linux-gnu-';
const cache = path.join(root, '.cache/bench');
/** What a build needs and the tests do not unpack. */
const wholeTree = ['Makefile', 'init/Kconfig', 'scripts/Makefile.build', 'scripts/coccinelle', 'security/Kconfig', 'drivers/Kconfig'];

/** Answers the whole tree of a version, unpacked once where `given` is a part of it, or the reason why there is none. */
export async function wholeKernel(given) {
  const version = path.basename(given);
  const isWhole = (folder) => wholeTree.every((file) => fs.existsSync(path.join(folder, file)));
  if (isWhole(given)) return { tree: given };
  const tree = path.join(cache, version);
  if (isWhole(tree)) return { tree };
  const archive = `/usr/src/${version}.tar.xz`;
  if (!fs.existsSync(archive)) return { problem: `only a part of the kernel tree is here, and no ${archive}` };
  console.log(`Unpacking the whole ${version} to .cache/bench (once)`);
  const partial = path.join(cache, 'partial');
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(partial, { recursive: true });
  const code = await run('tar', ['-xJf', archive, '-C', partial, '--no-same-owner'], { quiet: true });
  if (code !== 0) return { problem: `cannot unpack ${archive}` };
  fs.rmSync(tree, { recursive: true, force: true });
  fs.renameSync(path.join(partial, version), tree);
  fs.rmSync(partial, { recursive: true });
  return { tree };
}

/**
 * Configures and prepares, once: answers the build folder, the arguments sparse gets for each source of the build,
 * and the CPU seconds of each step; or the reason why the kernel cannot be prepared here.
 */
export async function prepareKernel(tree) {
  const missing = ['make', 'flex', 'bison', 'bc', `${cross}gcc`].filter((program) => versionOf(program) === undefined);
  if (missing.length > 0) return { problem: `the kernel cannot be prepared without ${missing.join(', ')}` };
  const folder = path.join(cache, 'riscv');
  const made = path.join(folder, 'lockstep-bench.json');
  const stamp = `${tree} ${versionOf(`${cross}gcc`)}`;
  if (fs.existsSync(made)) {
    const before = JSON.parse(fs.readFileSync(made, 'utf8'));
    if (before.stamp === stamp) return before;
  }
  console.log('Preparing the kernel for riscv in .cache/bench (once)');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const record = path.join(folder, 'lockstep-bench.commands');
  process.env.LOCKSTEP_BENCH_RECORD = record;
  const recorder = `CHECK=${process.execPath} ${path.join(import.meta.dirname, 'record-check.mjs')}`;
  const steps = { defconfig: ['defconfig'], modules_prepare: ['modules_prepare'], 'arch/riscv/kvm/': ['C=2', recorder, 'arch/riscv/kvm/'] };
  const ritual = {};
  for (const [step, targets] of Object.entries(steps)) {
    const args = ['-s', '-C', tree, `O=${folder}`, 'ARCH=riscv', `CROSS_COMPILE=${cross}`, ...targets];
    const { code, seconds, stderr } = await runTimed({ program: 'make', args, cwd: folder });
    if (code !== 0) return { problem: `make ${step} fails: ${stderr.trim().split('\n').at(-1)}` };
    ritual[step] = seconds;
  }
  const lines = fs.readFileSync(record, 'utf8').trim().split('\n');
  const commands = lines
    .map((line) => JSON.parse(line))
    .map((args) => ({ args, file: path.relative(tree, path.resolve(folder, args.at(-1))) }));
  const prepared = { stamp, folder, compiler: `${cross}gcc`, ritual, commands };
  fs.writeFileSync(made, JSON.stringify(prepared));
  return prepared;
}
