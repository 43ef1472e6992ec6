import type { Hover } from 'vscode-languageserver/node';
import type { Witness } from '../model/checks/finding.ts';
import type { LockHover, ResolvedRule } from '../model/reviewer-api.ts';
import { hopText } from '../model/report/plain.ts';
import { toRange, uriOf } from './places.ts';
import type { Writer } from './markdown.ts';

/** What a lock operation does, what is held when control gets there and why, and what is documented about its lock. */
export function toHover(root: string, hover: LockHover, write: Writer): Hover {
  const parts = [heading(hover, write), held(root, hover, write), rules(root, hover.rules, write)];
  return {
    range: toRange(hover.at),
    contents: { kind: write.kind, value: parts.filter((part) => part !== '').join('\n\n') },
  };
}

function heading(hover: LockHover, write: Writer): string {
  const operation = hover.operation.charAt(0).toUpperCase() + hover.operation.slice(1);
  return `${write.text(operation)} ${write.code(hover.lockClass)}${mode(hover.mode)}`;
}

function held(root: string, hover: LockHover, write: Writer): string {
  if (hover.held.length === 0) return 'No lock is known to be held here.';
  const locks = hover.held.map(({ lockClass, mode: heldMode, chain }) => ({ heading: `${write.code(lockClass)}${mode(heldMode)}`, chain }));
  return [write.strong('May be held here, outermost first'), '', ...heldLines(root, locks, write)].join('\n');
}

/** A list of locks with the chain behind each. Chains that come the same way are told once: of each further lock, what is new. */
export function heldLines(root: string, locks: readonly { readonly heading: string; readonly chain: Witness }[], write: Writer): string[] {
  const told = new Set<string>();
  return locks.flatMap(({ heading, chain }) => {
    const hops = chain.map((hop) => `  - ${write.text(hopText(hop))} in ${write.code(hop.function)}, ${place(root, hop.at, write)}`);
    const fresh = hops.filter((hop) => !told.has(hop));
    for (const hop of hops) told.add(hop);
    return [`- ${heading}`, ...fresh];
  });
}

function rules(root: string, documented: readonly ResolvedRule[], write: Writer): string {
  if (documented.length === 0) return '';
  // One sentence may state several orders.
  const sentences = new Map<string, Set<string>>();
  for (const rule of documented) {
    const sentence = `${write.text(rule.text)}, ${place(root, rule, write)}`;
    const orders = sentences.get(sentence) ?? new Set();
    sentences.set(sentence, orders.add(order(rule, write)));
  }
  const lines = [...sentences].map(([sentence, orders]) => `- ${[...orders].join(', ')}: ${sentence}`);
  return [write.strong('Documented orders'), '', ...lines].join('\n');
}

function order({ outer, inner, innerMode }: ResolvedRule, write: Writer): string {
  return `${write.code(outer)} → ${write.code(inner)}${mode(innerMode ?? 'exclusive')}`;
}

function mode(mode: LockHover['mode']): string {
  return mode === 'shared' ? ' (shared)' : '';
}

function place(root: string, at: { readonly file: string; readonly line: number }, write: Writer): string {
  return write.link(`${at.file}:${at.line}`, uriOf(root, at.file), at.line);
}
