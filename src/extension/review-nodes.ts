import type { AccessSite } from '../model/compare/changes.ts';
import type { RemarkView, ReviewView, PatchView } from '../protocol/review.ts';

/** A row of the review's tree. Everything in it is text of ours or of the source under review. */
export interface ReviewNode {
  /** The same from review to review of the same patches. */
  readonly id: string;
  readonly kind: 'patch' | 'group' | 'file' | 'remark' | 'change' | 'refused' | 'note';
  readonly label: string;
  readonly description?: string;
  readonly tooltip: string;
  readonly icon: IconName;
  readonly children: readonly ReviewNode[];
  /** Which patch of the review it belongs to. */
  readonly patch: number;
  readonly remark?: RemarkView;
  /** What a click shows. */
  readonly target?: Target;
}

export type IconName =
  | 'patch'
  | 'file'
  | 'group'
  | 'error'
  | 'warning'
  | 'information'
  | 'fixed'
  | 'kept'
  | 'open'
  | 'added'
  | 'removed'
  | 'changed'
  | 'refused';

/** A place in one of the two texts of a file, or a line of the patch. */
export type Target =
  | { readonly kind: 'text'; readonly shown: Shown }
  | { readonly kind: 'file'; readonly patch: number; readonly file: string }
  | { readonly kind: 'line'; readonly patch: number; readonly line: number };

export type Shown = NonNullable<RemarkView['shown']>;

/** What could not be read; then patches, in each what changes as a whole, its files with what is to be said of them, and what was left out. */
export function reviewNodes(view: ReviewView): readonly ReviewNode[] {
  return [
    ...group('unread', 'Not Read', 0, unreadNodes(view)),
    ...view.patches.map((patch, index) => patchNode(patch, index, view.patches.length > 1)),
  ];
}

/** Whether something of a patch, or of what it has to do with, was not looked at: what could not be read may be of any. */
export function isReviewedInPart({ unread }: ReviewView, { refused, unfollowed }: PatchView): boolean {
  return unread.length > 0 || refused.length > 0 || unfollowed.length > 0;
}

/** All remarks in the order in which a reviewer meets them. */
export function remarksInOrder(nodes: readonly ReviewNode[]): readonly ReviewNode[] {
  return nodes.flatMap((node) => (node.kind === 'remark' ? [node] : remarksInOrder(node.children)));
}

/** Names a remark within its review. */
export function tickOf(patch: number, { id }: Pick<RemarkView, 'id'>): string {
  return `${patch}:${id}`;
}

type Counted = Pick<PatchView, 'remarks' | 'unchanged' | 'state' | 'unfollowed'>;

/** What remarks are called, one and several. */
const words: Record<RemarkView['kind'], readonly [one: string, many: string]> = {
  new: ['new', 'new'],
  fixed: ['fixed', 'fixed'],
  kept: ['kept', 'kept'],
  type: ['lock type', 'lock types'],
  order: ['lock order', 'lock orders'],
  contract: ['function', 'functions'],
  access: ['access', 'accesses'],
};

/** `2 new, 5 fixed, 1 access`, or that there is nothing. */
export function countsText({ remarks, unchanged, state, unfollowed }: Counted): string {
  const counts = (['new', 'fixed', 'kept', 'type', 'order', 'contract', 'access'] as const).flatMap((kind) => {
    const count = remarks.filter((remark) => remark.kind === kind).length;
    return count === 0 ? [] : [`${count} ${words[kind][count > 1 ? 1 : 0]}`];
  });
  if (state === 'none') return 'does not fit';
  if (unchanged) return unchanged.text;
  const part = state === 'partly' ? ['fits in part'] : [];
  const none = unfollowed.length > 0 ? 'no findings in what was looked at' : 'no findings';
  return [...part, ...(counts.length > 0 ? counts : [none])].join(', ');
}

/** `2 new, 1 access` as `2 new, 1 access.` at the start of a line; a path is as it is. */
export function sentence(text: string): string {
  if (/^\S*[/.]/.test(text)) return `${text}.`;
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`;
}

/** `under struct foo.lock, struct foo.sem (shared)`. */
export function heldText({ guards, shared, unsure = [] }: Pick<AccessSite, 'guards' | 'shared' | 'unsure'>): string {
  const isUnsure = (guard: string): boolean => unsure.some(({ lock }) => lock === guard);
  const text = (guard: string): string =>
    `${guard}${shared.includes(guard) ? ' (shared)' : ''}${isUnsure(guard) ? ' (in callers that were read)' : ''}`;
  return guards.length === 0 ? 'no lock' : `under ${guards.map(text).join(', ')}`;
}

function patchNode(patch: PatchView, index: number, isSeries: boolean): ReviewNode {
  const { subject, number, total, mail } = patch;
  const label = isSeries && total > 1 ? `${number}/${total} ${subject}` : subject;
  const from = mail && (mail.from.name || mail.from.address);
  const placed = new Set<RemarkView>();
  const files = patch.files.flatMap((file): readonly ReviewNode[] => {
    const name = file.after ?? file.before;
    if (name === undefined) return [];
    const own = patch.remarks.filter((remark) => isIn(remark, patch, file));
    for (const remark of own) placed.add(remark);
    return [fileNode(file, name, index, own)];
  });
  const elsewhere = patch.remarks.filter((remark) => !placed.has(remark));
  const children = [
    ...group('refused', 'Left out', index, refusedNodes(patch, index)),
    ...group('changes', 'Changes in the locking', index, changeNodes(patch, index)),
    ...files,
    ...group(
      'elsewhere',
      'Outside of the patch',
      index,
      sorted(elsewhere).map((remark) => remarkNode(remark, index)),
    ),
    ...group('moved', 'Hunks at Other Lines', index, movedNodes(patch, index)),
    ...patch.unfollowed.map((text, i) => noteNode(`unfollowed-${i}`, text, index)),
    ...(patch.lessSure === undefined ? [] : [noteNode('less-sure', patch.lessSure, index)]),
  ];
  const tooltip = [subject, ...(from === undefined ? [] : [from]), countsText(patch)].join('\n');
  const id = `${index}`;
  return { id, kind: 'patch', label, description: countsText(patch), tooltip, icon: 'patch', children, patch: index };
}

/** A remark belongs to the file whose part of the patch has its line; one without a line, to the file that it is shown in. */
function isIn({ place, shown }: RemarkView, { files }: PatchView, file: PatchView['files'][number]): boolean {
  if (!place) return shown !== undefined && shown.file === (shown.side === 'before' ? file.before : file.after);
  const next = Math.min(...files.map(({ line }) => line).filter((line) => line > file.line), Infinity);
  return place.line >= file.line && place.line < next;
}

function fileNode(file: PatchView['files'][number], name: string, patch: number, remarks: readonly RemarkView[]): ReviewNode {
  const at = name.lastIndexOf('/');
  const what = file.kind === 'changed' ? '' : file.kind === 'renamed' ? `renamed from ${file.before} · ` : `${file.kind} · `;
  return {
    ...{ id: `${patch}/${name}`, kind: 'file', label: name.slice(at + 1), description: `${what}${name.slice(0, Math.max(0, at))}` },
    ...{ tooltip: name, icon: 'file', patch, children: sorted(remarks).map((remark) => remarkNode(remark, patch)) },
    ...(file.hasTexts && { target: { kind: 'file', patch, file: name } }),
  };
}

function sorted(remarks: readonly RemarkView[]): readonly RemarkView[] {
  return [...remarks].sort((a, b) => (a.place?.line ?? Infinity) - (b.place?.line ?? Infinity) || 0);
}

function remarkNode(remark: RemarkView, patch: number): ReviewNode {
  const { kind, finding, contract, access, shown } = remark;
  const label = `${words[kind][0]}: ${finding ? locksOf(finding) : nameOf(remark)}`;
  const line = shown ? `${fileName(shown.file)}:${shown.line}` : '';
  const other = finding?.goneWith
    ? ` · gone with ${finding.goneWith.name}`
    : finding?.cameWith
      ? ` · came with ${finding.cameWith.name}`
      : '';
  const said = finding
    ? `${finding.check} · ${line}${other}`
    : `${line} · ${(contract?.warnings ?? access?.messages ?? [remark.title]).join('; ')}`;
  const cause = remark.cause === undefined ? [] : [remark.cause];
  const where = shown ? [`${shown.file}:${shown.line}${shown.side === 'before' ? ', before the patch' : ''}`] : [];
  const target: Target | undefined = shown
    ? { kind: 'text', shown }
    : remark.place && { kind: 'line', patch: remark.place.patch, line: remark.place.line };
  return {
    ...{ id: `${patch}!${remark.id}`, kind: 'remark', label, description: said },
    ...{ tooltip: [remark.title, ...cause, ...where].join('\n'), icon: iconOf(remark), children: [], patch, remark },
    ...(target && { target }),
  };
}

/** What one that is no finding is about. */
function nameOf({ contract, access, type, order }: RemarkView): string {
  if (contract) return contract.function;
  return order ? `${short(order.outer)} → ${short(order.inner)}` : lastName(access?.place ?? type?.lockClass ?? '');
}

/** The locks that it is about, the outer one first, as its id names them: a message is too long for a row. */
function locksOf({ id, message }: NonNullable<RemarkView['finding']>): string {
  const [, outer, inner] = /:([^:]+)->([^:]+)$/.exec(id) ?? [];
  return outer === undefined || inner === undefined ? message : `${short(outer)} → ${short(inner)}`;
}

function iconOf({ kind, finding, access, isSaid }: RemarkView): IconName {
  switch (kind) {
    case 'new':
      return finding?.severity ?? 'warning';
    case 'fixed':
      return 'fixed';
    case 'kept':
      return 'kept';
    case 'contract':
      return 'warning';
    case 'order':
      return 'information';
    case 'type':
      return isSaid ? 'warning' : 'information';
    case 'access':
      return access?.verdict === 'open' ? 'open' : access?.verdict === 'closed' ? 'fixed' : 'information';
  }
}

function group(id: string, label: string, patch: number, children: readonly ReviewNode[]): readonly ReviewNode[] {
  if (children.length === 0) return [];
  const icon = id === 'refused' || id === 'unread' ? 'refused' : 'group';
  return [{ id: `${patch}#${id}`, kind: 'group', label, description: `${children.length}`, tooltip: label, icon, children, patch }];
}

function noteNode(id: string, label: string, patch: number): ReviewNode {
  return { id: `${patch}#${id}`, kind: 'note', label, tooltip: label, icon: 'information', children: [], patch };
}

/** At lines of the file that the patches were read from, as of the last patch that begins above. */
function unreadNodes({ unread, patches }: ReviewView): readonly ReviewNode[] {
  return unread.map(({ line, message }, i) => {
    const above = patches.findLastIndex(({ source }) => source !== undefined && source.firstLine <= line);
    const patch = Math.max(0, above);
    const { source } = patches[patch] ?? {};
    return {
      ...{ id: `unread-${i}`, kind: 'refused', label: message, ...(line > 0 && { description: `line ${line}` }), tooltip: message },
      ...{ icon: 'refused', children: [], patch },
      ...(source && line > 0 && { target: { kind: 'line', patch, line: line - source.firstLine + 1 } }),
    };
  });
}

function refusedNodes({ refused }: PatchView, patch: number): readonly ReviewNode[] {
  return refused.map(({ file, line, message }, i) => ({
    ...{ id: `${patch}-${i}`, kind: 'refused', label: fileName(file), description: message, tooltip: `${file}: ${message}` },
    ...{ icon: 'refused', children: [], patch, target: { kind: 'line', patch, line } },
  }));
}

function movedNodes({ moved }: PatchView, patch: number): readonly ReviewNode[] {
  return moved.map(({ file, line, message }, i) => ({
    ...{ id: `${patch}@${i}`, kind: 'note', label: fileName(file), description: message, tooltip: `${file}: ${message}` },
    ...{ icon: 'information', children: [], patch, target: { kind: 'line', patch, line } },
  }));
}

interface Change {
  readonly sign: 'added' | 'removed' | 'changed';
  readonly label: string;
  readonly description: string;
  readonly at: { readonly file: string; readonly line: number; readonly column?: number } | undefined;
}

function changeNodes({ changes }: PatchView, patch: number): readonly ReviewNode[] {
  const { classes, renames, edges, contracts, rules } = changes;
  const each = <T>(
    pair: { readonly added: readonly T[]; readonly removed: readonly T[] },
    change: (item: T) => Omit<Change, 'sign'>,
  ): Change[] => (['added', 'removed'] as const).flatMap((sign) => pair[sign].map((item) => ({ sign, ...change(item) })));
  const all: readonly Change[] = [
    ...each(classes, ({ lockClass, guards, takers }) => ({
      ...{ label: `lock class ${short(lockClass)}`, at: takers[0]?.at },
      description:
        guards.length > 0 ? `guards ${guards.map(lastName).join(', ')}` : `taken in ${takers.map((taker) => taker.function).join(', ')}`,
    })),
    ...renames.map(({ from, to, takers }): Change => ({
      ...{ sign: 'changed', label: `lock class ${short(from)} renamed to ${short(to)}`, at: takers[0]?.at },
      description: `taken in ${takers.map((taker) => taker.function).join(', ')}`,
    })),
    ...each(edges, ({ outer, inner, isReadSide, witness }) => ({
      ...{ label: `order ${isReadSide ? `readers of ${short(outer)}` : short(outer)} → ${short(inner)}`, at: witness.at(-1)?.at },
      description: `in ${witness.at(-1)?.function ?? ''}`,
    })),
    ...each(rules, ({ outer, inner, file, line, text }) => ({
      label: `documented ${outer} → ${inner}`,
      description: text,
      at: { file, line },
    })),
    ...contracts.flatMap(({ function: name, messages, likewise, at, follows }): Change[] =>
      follows ? [] : [{ sign: 'changed', label: name, description: [...messages, likewise ?? []].flat().join('; '), at }],
    ),
  ];
  return all.map(({ sign, label, description, at }, i) => {
    const word = sign === 'added' ? 'new ' : sign === 'removed' ? 'removed ' : '';
    const side = sign === 'removed' ? 'before' : 'after';
    const target: Target | undefined = at && {
      kind: 'text',
      shown: { patch, side, file: at.file, line: at.line, column: at.column ?? 1, endLine: at.line, endColumn: at.column ?? 1 },
    };
    return {
      ...{ id: `${patch}~${i}`, kind: 'change', label: `${word}${label}`, description, tooltip: `${word}${label}: ${description}` },
      ...{ icon: sign, children: [], patch },
      ...(target && { target }),
    };
  });
}

/** `struct kvm_vcpu_arch.mp_state_lock` → `kvm_vcpu_arch.mp_state_lock`. */
function short(name: string): string {
  return name.replace(/^(struct|union) /, '');
}

function lastName(name: string): string {
  return short(name).split('.').at(-1) ?? name;
}

function fileName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
