// npm run bench: what a check and a keystroke cost, beside other tools on the same files in the same run.
// `--rounds N` (default 5), `--install` (the other tools, as root on Debian), `--only tools|folders|keystroke|review|simulation|paint`.
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { kernelTrees } from '../scripts/kernels.mjs';
import { nodeTool, run } from '../scripts/process.mjs';
import { reportFolders } from './folders.mjs';
import { measureKeystrokes } from './keystroke.mjs';
import { median, runTimed, timeProblem } from './measure.mjs';
import { reportPaint } from './paint.mjs';
import { prepareKernel, wholeKernel } from './prepare-kernel.mjs';
import { reportReviews } from './review.mjs';
import { compareSimulation } from './simulation.mjs';
import { printTable } from './table.mjs';
import { benchTools, sourcesOf } from './tools.mjs';

const packages = [
  'time',
  'sparse',
  'cppcheck',
  'coccinelle',
  'make',
  'gcc',
  'libc6-dev',
  'flex',
  'bison',
  'bc',
  'gcc-riscv64-linux-gnu',
  'spin',
];
const { install, only, rounds } = parseArgs({
  options: { install: { type: 'boolean' }, only: { type: 'string' }, rounds: { type: 'string', default: '5' } },
}).values;

if (!(Number(rounds) >= 1)) throw new RangeError(`--rounds ${rounds} is not a number of rounds`);
process.exitCode = await bench();

async function bench() {
  if (install) await installTools();
  const trees = await kernelTrees();
  const problem = trees.problem ?? timeProblem();
  if (problem !== undefined) {
    console.error(`cannot measure: ${problem}`);
    return 2;
  }
  if ((await nodeTool('scripts/build.mjs', [])) !== 0) return 2;
  const load = os.loadavg()[0];
  console.log(
    `${os.cpus().length} × ${os.cpus()[0].model.trim()}, Node ${process.versions.node}, load ${load.toFixed(1)}${load > 1 ? ' (noisy)' : ''}`,
  );
  if (only === undefined || only === 'simulation') await compareSimulation(Math.min(Number(rounds), 3));
  if (only === undefined || only === 'tools') await compareTools(path.join(trees.folder, 'linux-source-6.1'));
  if (only === undefined || only === 'folders') await reportFolders(path.join(trees.folder, 'linux-source-6.12'));
  if (only === undefined || only === 'keystroke') await reportKeystrokes(path.join(trees.folder, 'linux-source-6.12'));
  if (only === undefined || only === 'review') await reportReviews(path.join(trees.folder, 'linux-source-6.1'), Number(rounds));
  if (only === undefined || only === 'paint') await reportPaint(Number(rounds));
  return 0;
}

async function installTools() {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const updated = await run('apt-get', ['update', '-qq'], { quiet: true, env });
  const code =
    updated === 0 ? await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { quiet: true, env }) : updated;
  if (code !== 0) console.error(`cannot install ${packages.join(', ')}`);
}

async function compareTools(part) {
  const whole = await wholeKernel(part);
  const tree = whole.tree ?? part;
  const prepared = whole.problem === undefined ? await prepareKernel(tree) : { problem: whole.problem };
  const sources = sourcesOf(tree).length;
  const tools = benchTools({ tree, whole, prepared });
  const present = tools.filter((tool) => tool.problem === undefined);
  const runs = await alternate(present, Number(rounds));
  for (const tool of present) {
    const [{ results, asked }] = runs.get(tool);
    tool.unread = tool.gaveUp(results, asked);
    if (!(tool.unread < sources)) tool.problem = `reads none of the files: ${results[0].stderr.trim().split('\n')[0]}`;
  }

  console.log(
    `\nCheck of arch/riscv/kvm and virt/kvm, Linux 6.1, ${sources} files; median of ${rounds} alternating rounds after one to warm up\n`,
  );
  const measured = present.filter((tool) => tool.problem === undefined);
  const costs = measured.map((tool) => ({ tool, ...costOf(runs.get(tool)) }));
  const [own] = costs;
  const rows = costs.map(({ tool, seconds, low, high, megabytes, results }) => [
    tool.name,
    seconds.toFixed(2),
    `${low.toFixed(2)}–${high.toFixed(2)}`,
    `${(seconds / own.seconds).toFixed(1)}×`,
    megabytes.toFixed(0),
    `${(megabytes / own.megabytes).toFixed(2)}×`,
    String(tool.unread),
    tool.found(results) ? 'yes' : 'no',
  ]);
  printTable(['tool', 'CPU s', 'range', 'ratio', 'peak MB', 'ratio', 'gave up on', 'HART_START inversion'], rows);
  console.log();
  for (const { tool, results } of costs) {
    const remark = tool.remark?.(results);
    console.log(`${tool.name}: ${tool.version}${remark === undefined ? '' : `; ${remark}`}`);
  }
  for (const tool of tools) if (tool.problem !== undefined) console.log(`${tool.name}: left out, ${tool.problem}`);
  if (prepared.ritual === undefined) return;
  const steps = Object.entries(prepared.ritual).map(([step, seconds]) => `make ${step} ${seconds.toFixed(1)} s`);
  console.log(`Before sparse and gcc can start, not counted above: ${steps.join(', ')} of CPU time`);
}

/** All tools in turn, then all again, so that a noisy minute hits every one of them. The first round does not count. */
async function alternate(tools, count) {
  const runs = new Map(tools.map((tool) => [tool, []]));
  for (let round = 0; round <= count; round++) {
    for (const tool of tools) {
      const results = await inOrder(tool.commands);
      if (round > 0) runs.get(tool).push({ results });
      if (round === 1 && tool.asked !== undefined) runs.get(tool)[0].asked = await inOrder(tool.asked);
    }
  }
  return runs;
}

async function inOrder(commands) {
  const results = [];
  for (const command of commands) results.push(await runTimed(command));
  return results;
}

/** A tool that takes several processes costs their sum in time and the largest of them in memory. */
function costOf(rounds) {
  const seconds = rounds.map(({ results }) => results.reduce((sum, result) => sum + result.seconds, 0));
  const megabytes = rounds.map(({ results }) => Math.max(...results.map((result) => result.megabytes)));
  return {
    seconds: median(seconds),
    low: Math.min(...seconds),
    high: Math.max(...seconds),
    megabytes: median(megabytes),
    results: rounds[0].results,
  };
}

async function reportKeystrokes(tree) {
  const result = await measureKeystrokes(tree);
  if (result.problem !== undefined) return console.log(`\nkeystrokes: ${result.problem}`);
  console.log(`\nKeystrokes in ${result.file}, Linux 6.12, ${result.lines} lines: ${result.edits} edits, each waits for its diagnostics\n`);
  const row = (what, { median, p90, longest }) => [what, ...[median, p90, longest].map((value) => value.toFixed(0))];
  printTable(['milliseconds', 'median', 'p90', 'longest'], [row('check', result.check), row('edit to diagnostics', result.sinceEdit)]);
  console.log(
    `\nOpen to first diagnostics ${result.cold.toFixed(0)} ms; server: peak ${result.megabytes.toFixed(0)} MB, ${result.seconds.toFixed(1)} s of CPU time in all`,
  );
  if (!Number.isNaN(result.cpuPerEdit)) console.log(`CPU time per edit, all threads: ${result.cpuPerEdit.toFixed(0)} ms`);
  console.log(`Findings published: ${result.findings.join(' at first, ')} at the end`);
}
