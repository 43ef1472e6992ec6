// Patches to KVM of Linux 6.1, made by editing its text.
import fs from 'node:fs';
import path from 'node:path';
import { createTwoFilesPatch } from 'diff';

const stop = 'arch/riscv/kvm/vcpu_sbi_hsm.c';
const host = 'arch/riscv/include/asm/kvm_host.h';
const folders = ['arch/riscv/kvm', 'virt/kvm'];
const seriesLength = 100;

/** What is reviewed: the patches as text, and how many they are. */
export function reviewPatches(tree) {
  return [
    { name: 'one function of one file', patches: 1, text: mail(tree, 1, 1, new Map([[stop, lockedStop(read(tree, stop))]])) },
    { name: 'that, and a struct of a header', patches: 1, text: mail(tree, 1, 1, structPatch(tree)) },
    { name: `a series of ${seriesLength}`, patches: seriesLength, text: series(tree) },
  ];
}

/** Another edit of the file that the first of them edits. */
export function warmUpPatch(tree) {
  const edited = replaced(read(tree, stop), '\tif (vcpu->arch.power_off)\n', '\tif (READ_ONCE(vcpu->arch.power_off))\n');
  return mail(tree, 1, 1, new Map([[stop, edited]]));
}

function lockedStop(text) {
  const call = '\tkvm_riscv_vcpu_power_off(vcpu);\n';
  return replaced(text, call, `\tmutex_lock(&vcpu->kvm->lock);\n${call}\tmutex_unlock(&vcpu->kvm->lock);\n`);
}

function structPatch(tree) {
  const field = '\tbool ran_atleast_once;\n';
  return new Map([
    [host, replaced(read(tree, host), field, `${field}\n\tspinlock_t hsm_lock;\n`)],
    [stop, lockedStop(read(tree, stop)).replaceAll(/mutex_(un)?lock\(&vcpu->kvm->lock\)/g, 'spin_$1lock(&vcpu->arch.hsm_lock)')],
  ]);
}

/** Small edits, one file after another: a lock around the end of a function, a marked read, or nothing that has to do with locks. */
function series(tree) {
  const files = folders
    .flatMap((folder) => fs.readdirSync(path.join(tree, folder)).map((name) => `${folder}/${name}`))
    .filter((file) => file.endsWith('.c'))
    .sort();
  const texts = new Map(files.map((file) => [file, read(tree, file)]));
  const mails = [];
  for (let turn = 0; mails.length < seriesLength; turn++) {
    const file = files[turn % files.length];
    const text = texts.get(file);
    const returns = [...text.matchAll(/\n\n(?=\treturn (?:0|ret|r);\n\}\n)/g)];
    if (returns.length === 0 && turn < files.length * seriesLength) continue;
    const at = returns[Math.floor(turn / files.length) % returns.length].index + 1;
    const added = [
      '\tmutex_lock(&bench_lock);\n\tmutex_unlock(&bench_lock);\n',
      '\tif (READ_ONCE(bench_state))\n\t\tbench_state = 0;\n',
      '\tcpu_relax();\n',
    ];
    const after = `${text.slice(0, at)}${added[mails.length % added.length]}${text.slice(at)}`;
    mails.push(mail(tree, mails.length + 1, seriesLength, new Map([[file, after]]), texts));
    texts.set(file, after);
  }
  return mails.join('');
}

function mail(tree, number, total, edited, before = new Map()) {
  const diffs = [...edited].map(([file, text]) => {
    const old = before.get(file) ?? read(tree, file);
    return `diff --git a/${file} b/${file}\n${createTwoFilesPatch(`a/${file}`, `b/${file}`, old, text, '', '', { context: 3 }).replace(/^=+\n/, '')}`;
  });
  const head = [
    'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001',
    'From: Bench <bench@example.org>',
    `Message-Id: <bench-${number}@example.org>`,
    `Subject: [PATCH ${number}/${total}] KVM: edit ${number}`,
  ];
  return `${head.join('\n')}\n\nAn edit.\n---\n${diffs.join('')}\n`;
}

function replaced(text, words, by) {
  if (!text.includes(words)) throw new Error(`this kernel has no ${words.trim()}`);
  return text.replace(words, () => by);
}

function read(tree, file) {
  return fs.readFileSync(path.join(tree, file), 'utf8');
}
