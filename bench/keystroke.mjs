// Types in the middle of a function of a large file, and reads how long the language server takes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import lsp from 'vscode-languageserver/node';
import { root } from '../scripts/process.mjs';
import { median, percentile, readCost, timeTool, timed } from './measure.mjs';

const file = 'arch/x86/kvm/x86.c';
const into = 'int kvm_arch_vcpu_ioctl_run(struct kvm_vcpu *vcpu)\n{';
const after = 'vcpu_load(vcpu);\n';
/** One edit per character: the syntax is broken in between, and in the end a lock is taken. */
const typed = '\tmutex_lock(&vcpu->kvm->slots_lock);';
const patience = 60_000;

/** Milliseconds of the first check and of the check after each edit, and the server's cost. */
export async function measureKeystrokes(tree) {
  const text = fs.readFileSync(path.join(tree, file), 'utf8');
  const offset = offsetIn(text);
  if (offset < 0) return { problem: `${file} of this kernel has no such function` };
  const { report, prefix } = timed();
  const child = spawn(timeTool, [...prefix, process.execPath, path.join(root, 'dist/server.cjs'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = lsp.createProtocolConnection(new lsp.StreamMessageReader(child.stdout), new lsp.StreamMessageWriter(child.stdin));
  const checks = listenTo(connection);
  connection.listen();
  try {
    const result = await typeThrough(connection, checks, { tree, text, offset, pid: child.pid });
    await connection.sendRequest('shutdown');
    const ended = once(child, 'close');
    await connection.sendNotification('exit');
    await ended;
    return { file, lines: text.split('\n').length, ...result, ...readCost(report) };
  } finally {
    connection.dispose();
    child.stdin.destroy();
  }
}

async function typeThrough(connection, checks, { tree, text, offset, pid }) {
  const uri = pathToFileURL(path.join(tree, file)).href;
  const capabilities = { textDocument: { publishDiagnostics: { relatedInformation: true } } };
  const initializationOptions = { notifications: true };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(tree).href,
    capabilities,
    initializationOptions,
  });
  await connection.sendNotification('initialized', {});

  const start = performance.now();
  await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'c', version: 1, text } });
  const opened = await checks.of(1);
  const cold = performance.now() - start;
  const server = childOf(pid);
  const busyBefore = cpuOf(server);

  const before = text.slice(0, offset).split('\n');
  const line = before.length - 1;
  const edits = [];
  for (const [index, character] of [...typed].entries()) {
    const version = index + 2;
    const position = { line, character: before.at(-1).length + index };
    const contentChanges = [{ range: { start: position, end: position }, text: character }];
    await connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
    edits.push(await checks.of(version));
  }
  const busy = cpuOf(server) - busyBefore;
  return {
    cold,
    edits: edits.length,
    cpuPerEdit: (busy * 1000) / edits.length,
    check: summary(edits.map(({ milliseconds }) => milliseconds)),
    sinceEdit: summary(edits.map(({ sinceEdit }) => sinceEdit)),
    findings: [opened.findings, edits.at(-1).findings],
  };
}

/** The server itself, below GNU time; undefined where /proc does not say. */
function childOf(pid) {
  const children = `/proc/${pid}/task/${pid}/children`;
  return fs.existsSync(children) ? Number(fs.readFileSync(children, 'utf8')) : undefined;
}

/** CPU seconds of all its threads so far, as /proc counts them: in hundredths. */
function cpuOf(pid) {
  if (!pid) return NaN;
  // Counted from behind the name, which may hold spaces: utime and stime.
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function summary(values) {
  return { median: median(values), p90: percentile(values, 0.9), longest: Math.max(...values) };
}

/** `of(version)` waits for the check of that version of the document. */
function listenTo(connection) {
  const done = new Map();
  let arrived = () => {};
  connection.onNotification('lockstep/checked', (checked) => {
    done.set(checked.version, checked);
    arrived();
  });
  return {
    async of(version) {
      const end = AbortSignal.timeout(patience);
      while (!done.has(version)) {
        if (end.aborted) throw new Error(`the server did not check version ${version} of ${file} within ${patience / 1000} s`);
        await new Promise((resolve) => {
          arrived = resolve;
          end.addEventListener('abort', resolve, { once: true });
        });
      }
      return done.get(version);
    },
  };
}

/** Behind the statement named above, at the start of a line of its own. */
function offsetIn(text) {
  const from = text.indexOf(into);
  const at = from < 0 ? -1 : text.indexOf(after, from);
  return at < 0 ? -1 : at + after.length;
}
