import type { Place } from '../explore/automaton.ts';
import type { System } from '../explore/system.ts';

/** Names of a model are anybody's text: what is made of them are letters, digits and `_`, with a word of ours in front. */
export class Identifiers {
  private readonly taken = new Set<string>();

  unique(prefix: string, name: string): string {
    const words = name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '');
    const base = `${prefix}_${words.slice(0, 60)}`;
    let found = base;
    for (let n = 2; this.taken.has(found); n++) found = `${base}_${n}`;
    this.taken.add(found);
    return found;
  }
}

/** Text for a comment: one line of printable ASCII that neither ends a comment nor begins one, nor a module of TLA+. */
export function comment(text: string, length = 160): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]/g, '?')
    .replace(/\*(?=[/)])|[/(](?=\*)/g, '$& ')
    .replace(/([=-])\1{3,}/g, '$1$1$1')
    .trim();
  return line.length > length ? `${line.slice(0, length - 3).trimEnd()}...` : line;
}

/** What a thread does at a place, and what it holds there. */
export function describe(place: Place, system: System, text: string | undefined): string {
  const { memory } = system.setup;
  const held = [...new Set(place.held.map(({ lock }) => memory.locks[lock]!.name))];
  const parts = [
    ...place.functions.slice(-1),
    action(place, system),
    ...(text !== undefined && place.step ? [text.slice(place.step.at.start, place.step.at.end)] : []),
  ];
  return comment(parts.join(': ') + (held.length > 0 ? ` [holds ${held.join(', ')}]` : ''));
}

/** Name of a variable, of a lock, or of what watches a variable for data races. */
export function fieldName({ setup, racy }: System, field: number): string {
  const { variables, locks } = setup.memory;
  const monitored = racy[field - variables.length - locks.length];
  return monitored === undefined
    ? (variables[field] ?? locks[field - variables.length])!.name
    : `accesses of ${variables[monitored]!.name}`;
}

function action({ operation, step, part }: Place, system: System): string {
  const name =
    operation.kind === 'access'
      ? fieldName(system, operation.field)
      : operation.kind === 'wait'
        ? operation.fields.map((field) => fieldName(system, field)).join(', ')
        : 'domain' in operation
          ? system.setup.memory.locks[operation.domain]!.name
          : '';
  if (!step) return 'has ended';
  switch (step.kind) {
    case 'acquire':
      if (operation.kind === 'reader-enter') return `enter a read side of ${name}`;
      return `${part > 0 ? 'wait for' : step.isTry ? 'try to take' : 'take'} ${name}${step.mode === 'shared' ? ' shared' : ''}`;
    case 'release':
      if (operation.kind === 'reader-exit') return `leave the read side of ${name}`;
      return `release ${name}`;
    case 'sync':
      return part > 0 ? `wait for readers of ${name}` : `see who reads ${name}`;
    case 'modify':
      return `change ${name}`;
    case 'wait':
      return `wait for ${name}`;
    case 'claim':
      return 'broken claim';
    default:
      return `${step.kind} ${name}`.trimEnd();
  }
}
