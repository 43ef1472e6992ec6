import type { Piece, ReviewEdge, ReviewPageView, ReviewRow, ReviewScope, ReviewSection } from '../protocol/review-page.ts';
import type { PatchView, RemarkView, ReviewedView, ReviewView } from '../protocol/review.ts';
import { countsText, heldText, sentence, type Target } from './review-nodes.ts';

/** A simulation that may be run for a review: its model has functions of the names that the patch touches. */
export interface FittingSimulation {
  readonly model: string;
  readonly scenario: string;
  readonly title: string;
  readonly functions: readonly string[];
}

/** What a link of the page does. */
export type PageLink =
  | { readonly kind: 'place'; readonly target: Target }
  | { readonly kind: 'path'; readonly function: string; readonly file: string }
  | { readonly kind: 'simulation'; readonly simulation: FittingSimulation };

/** More arrows are no picture any more. */
const mostEdges = 30;

interface Where {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** The page of a review, and where its links lead. */
export function summaryOf(
  view: ReviewView,
  simulations: (functions: readonly string[]) => readonly FittingSimulation[],
): { readonly page: ReviewPageView; readonly links: readonly PageLink[] } {
  const links: PageLink[] = [];
  const isSeries = view.patches.length > 1;
  const last = view.patches.length - 1;
  const whole: readonly ReviewScope[] = isSeries
    ? [scopeOf(new Writer(links, { before: 0, after: last }, simulations), 'Whole series', view)]
    : [];
  const patches = view.patches.map((patch, i) => {
    const name = isSeries && patch.total > 1 ? `${patch.number}/${patch.total} ${patch.subject}` : patch.subject;
    return scopeOf(new Writer(links, { before: i, after: i }, simulations), name, view, patch);
  });
  const [only] = view.patches;
  return { page: { title: isSeries || !only ? view.title : only.subject, scopes: [...whole, ...patches] }, links };
}

/** Functions that the patch has to do with, each with its file. */
function functionsOf({ changes, remarks }: ReviewedView): ReadonlyMap<string, string> {
  const functions = new Map<string, string>();
  for (const { function: name, at, before } of changes.contracts) if (before) functions.set(name, at.file);
  for (const { finding } of remarks) if (finding && finding.change !== 'kept') functions.set(finding.function, finding.at.file);
  return functions;
}

/** Of one patch, or of the whole where none is given. */
function scopeOf(writer: Writer, name: string, view: ReviewView, patch?: PatchView): ReviewScope {
  const reviewed: ReviewedView = patch ?? view.whole;
  const { changes, remarks } = reviewed;
  const passing = patch ? [] : passingRemarks(view);
  const sections = [
    section('Findings', [
      ...remarks.filter(({ finding }) => finding).map((remark) => writer.finding(remark)),
      ...passing.map(({ remark, at }) => writer.after(at).finding(remark)),
    ]),
    section(
      'Accesses',
      remarks.filter(({ access }) => access).map((remark) => writer.access(remark)),
    ),
    section('Lock classes', writer.classes(changes)),
    section(
      'Types of locks',
      remarks.filter(({ type }) => type).map((remark) => writer.type(remark)),
    ),
    section('Lock order', writer.edges(changes)),
    section('What functions do to locks', writer.contracts(changes)),
    section('Documented orders', writer.rules(changes)),
    section('Simulations that fit', writer.simulations(functionsOf(reviewed))),
  ];
  const { added, removed } = changes.edges;
  const edges = [
    ...removed.map((edge) => ({ ...edge, change: 'removed' as const })),
    ...added.map((edge) => ({ ...edge, change: 'added' as const })),
    ...(added.length + removed.length > 0 ? changes.around : []).map((edge) => ({ ...edge, change: 'kept' as const })),
  ];
  const shownEdges = edges.slice(0, mostEdges);
  const between = passing.length > 0 ? `, ${passing.length} new in between` : '';
  const counts = `${countsText({ ...reviewed, state: patch?.state ?? 'forward' })}${between}`;
  return {
    ...{ name, counts },
    notes: [
      ...(reviewed.unchanged?.reasons ?? reviewed.unfollowed).map(sentence),
      ...(patch?.state === 'reversed' ? ['The tree has this patch: it is compared with the tree without it.'] : []),
      ...view.unread.map(({ line, message }) => `Not read: ${message}${line > 0 ? ` (line ${line})` : ''}`),
      ...(patch?.refused ?? []).map(({ file, message }) => `${file}: left out: ${message}`),
      ...(edges.length > mostEdges
        ? [`The pictures show ${mostEdges} of ${edges.length} orders; the table below has all that changed.`]
        : []),
      ...(reviewed.untouched > 0
        ? [`${reviewed.untouched} ${reviewed.untouched === 1 ? 'finding has' : 'findings have'} nothing to do with it and are not listed.`]
        : []),
      ...(reviewed.lessSure === undefined ? [] : [`${reviewed.lessSure}.`]),
    ],
    moved: (patch?.moved ?? []).map(({ file, message }) => `${file}: ${message}`),
    order: {
      edges: shownEdges.map(edgeOf),
      added: changes.classes.added.map(({ lockClass }) => short(lockClass)),
      removed: changes.classes.removed.map(({ lockClass }) => short(lockClass)),
    },
    sections: sections.filter(({ rows }) => rows.length > 0),
    nothing: sentence(counts),
  };
}

/** Findings that are there in between alone, and the patch after which they are. */
function passingRemarks({ patches }: ReviewView): readonly { readonly remark: RemarkView; readonly at: number }[] {
  return patches.flatMap(({ remarks }, at) => remarks.filter(({ finding }) => finding?.goneWith).map((remark) => ({ remark, at })));
}

/** Readers and what waits for them meet at one lock: only so a circle is seen. */
function edgeOf({ outer, inner, isReadSide, change }: Omit<ReviewEdge, 'isWait'>): ReviewEdge {
  const [, waitedFor] = /^the readers of (.+)$/s.exec(inner) ?? [];
  return { outer: short(outer), inner: short(waitedFor ?? inner), isReadSide, change, isWait: waitedFor !== undefined };
}

function section(heading: string, rows: readonly ReviewRow[]): ReviewSection {
  return { heading, rows };
}

type Changes = ReviewedView['changes'];
type Side = 'before' | 'after';

/** Writes rows, and notes where their links lead. */
class Writer {
  /** `patches`: the one whose text stands for each side. */
  constructor(
    private readonly links: PageLink[],
    private readonly patches: Readonly<Record<Side, number>>,
    private readonly fitting: (functions: readonly string[]) => readonly FittingSimulation[],
  ) {}

  /** The same for what is in the texts of one patch. */
  after(patch: number): Writer {
    return new Writer(this.links, { before: patch, after: patch }, this.fitting);
  }

  finding(remark: RemarkView): ReviewRow {
    const { finding, cause } = remark;
    const { change, check, message, at, function: name, witnesses, order, goneWith, cameWith } = finding!;
    const side = change === 'fixed' ? 'before' : 'after';
    const isBad = change === 'new' && finding!.severity !== 'information';
    return {
      ...{ mark: isBad ? 'bad' : change === 'fixed' ? 'good' : change === 'kept' ? 'kept' : 'note', word: change },
      title: [text(`${check}: ${message}`)],
      lines: [
        [text(`in ${name}, `), this.at(at, side), ...(change === 'fixed' ? [text(' before the patch')] : [])],
        ...(cause === undefined ? [] : [[text(cause)]]),
        ...(goneWith ? [[text(`gone with ${goneWith.name}: a bisection may end in between`)]] : []),
        ...(cameWith ? [[text(`came with ${cameWith.name}`)]] : []),
        ...(order ? [[text('documented: '), this.at(order, side), text(` “${order.text}”`)]] : []),
      ],
      lists: witnesses.map((witness, i) => ({
        heading: `Chain${witnesses.length > 1 ? ` ${i + 1} of ${witnesses.length}` : ''}: ${ends(witness.map((hop) => hop.function))}`,
        lines: witness.map((hop) => [this.at(hop.at, side), text(` ${hop.function}: ${hop.text}`)]),
      })),
    };
  }

  access({ access }: RemarkView): ReviewRow {
    const { place, messages, verdict, before, after } = access!;
    const lists = (
      [
        ['before', before],
        ['after', after],
      ] as const
    ).flatMap(([side, summary]) => {
      if (!summary) return [];
      const lines = summary.sites.map(({ at, function: name, kind, isMarked, text: expression, ...held }) => [
        this.at(at, side),
        text(` ${name}: ${isMarked ? 'marked ' : ''}${kind} of `),
        code(expression),
        text(`, ${heldText(held)}`),
      ]);
      return [{ heading: `${side === 'before' ? 'Without' : 'With'} the patch: ${lines.length} accesses`, lines }];
    });
    const word = { open: 'may meet', closed: 'closed', note: 'note' }[verdict];
    return {
      ...{ mark: verdict === 'open' ? 'bad' : verdict === 'closed' ? 'good' : 'note', word },
      ...{ title: [code(place)], lines: messages.map((message) => [text(message)]), lists },
    };
  }

  classes({ classes, renames }: Changes): readonly ReviewRow[] {
    const renamed = renames.map(({ from, to, kind, takers }): ReviewRow => ({
      ...{ mark: 'changed', word: 'renamed', title: [code(from), text(' is '), code(to), text(` now (${kind})`)] },
      ...{ lines: [], lists: [this.takers(takers, 'after')] },
    }));
    const others = this.pairs(classes, (change, side) => {
      const { lockClass, kind, takers, outer, inner, guards } = change;
      const list = (words: string, names: readonly string[]): Piece[][] =>
        names.length === 0 ? [] : [[text(`${words} ${names.join(', ')}`)]];
      return {
        title: [code(lockClass), text(` (${kind})`)],
        lines: [...list('guards', guards), ...list('inside', outer), ...list('outside', inner)],
        lists: [this.takers(takers, side)],
      };
    });
    return [...renamed, ...others];
  }

  type({ type, title, isSaid }: RemarkView): ReviewRow {
    const { lockClass, misfits, unread } = type!;
    const lines = misfits.map(({ at, function: name, operation }) => [this.at(at, 'after'), text(` ${name}: ${operation}()`)]);
    const calls = unread.map(({ at, function: name }) => [this.at(at, 'after'), text(` ${name}`)]);
    const list = (heading: string, rows: typeof calls) =>
      rows.length === 0 ? [] : [{ heading: `${heading}: ${rows.length}`, lines: rows }];
    return {
      ...{ mark: isSaid ? 'bad' : 'changed', word: 'changed' },
      ...{ title: [code(lockClass)], lines: [[text(title)]] },
      lists: [...list('Operations that do not fit', lines), ...list('Calls through pointers that were not read, with it held', calls)],
    };
  }

  edges({ edges }: Changes): readonly ReviewRow[] {
    return this.pairs(edges, ({ outer, inner, isReadSide, witness }, side) => ({
      title: [...(isReadSide ? [text('readers of ')] : []), code(outer), text(' → '), code(inner)],
      lines: [],
      lists: [
        {
          heading: `Chain: ${ends(witness.map((hop) => hop.function))}`,
          lines: witness.map((hop) => [this.at(hop.at, side), text(` ${hop.function}: ${hop.text}`)]),
        },
      ],
    }));
  }

  contracts({ contracts }: Changes): readonly ReviewRow[] {
    const listed = contracts.filter(({ follows }) => !follows);
    return listed.map(({ function: name, messages, likewise, at, before, after }) => ({
      ...{ mark: before ? (after ? 'changed' : 'removed') : 'added', word: before ? (after ? 'changed' : 'removed') : 'new' },
      title: [
        ...[code(name), text(' '), this.at(at, after ? 'after' : 'before')],
        ...(before && after ? [text(' · '), this.link('lock path to it', { kind: 'path', function: name, file: at.file })] : []),
      ],
      lines: messages.map((message) => [text(message)]),
      lists: likewise === undefined ? [] : this.followers(name, at.file, contracts, likewise),
    }));
  }

  private followers(name: string, file: string, contracts: Changes['contracts'], likewise: string): ReviewRow['lists'] {
    const others = contracts.filter(({ follows }) => follows?.function === name && follows.file === file && !follows.inFinding);
    const lines = others.map(({ function: other, at, after, messages }) => [
      this.at(at, after ? 'after' : 'before'),
      text(` ${other}: ${messages.join('; ')}`),
    ]);
    return [{ heading: sentence(likewise).slice(0, -1), lines }];
  }

  rules({ rules }: Changes): readonly ReviewRow[] {
    return this.pairs(rules, ({ outer, inner, file, line, text: said }, side) => ({
      title: [code(outer), text(' → '), code(inner)],
      lines: [[this.at({ file, line }, side), text(` “${said}”`)]],
      lists: [],
    }));
  }

  simulations(functions: ReadonlyMap<string, string>): readonly ReviewRow[] {
    const found = this.fitting([...functions.keys()]);
    const [first] = found;
    if (!first) return [];
    return [
      {
        ...{ mark: 'note', word: 'run' },
        title: [text('Models of '), ...first.functions.flatMap((name, i) => [...(i > 0 ? [text(', ')] : []), code(name)])],
        lines: found.map((simulation) => [this.link(simulation.title, { kind: 'simulation', simulation })]),
        lists: [],
      },
    ];
  }

  private takers(takers: Changes['renames'][number]['takers'], side: Side): ReviewRow['lists'][number] {
    return {
      heading: `Taken in ${takers.length} ${takers.length === 1 ? 'function' : 'functions'}`,
      lines: takers.map((taker) => [this.at(taker.at, side), text(` ${taker.function}`)]),
    };
  }

  private pairs<T>(
    { added, removed }: { readonly added: readonly T[]; readonly removed: readonly T[] },
    row: (item: T, side: Side) => Omit<ReviewRow, 'mark' | 'word'>,
  ): readonly ReviewRow[] {
    return [
      ...added.map((item): ReviewRow => ({ mark: 'added', word: 'new', ...row(item, 'after') })),
      ...removed.map((item): ReviewRow => ({ mark: 'removed', word: 'removed', ...row(item, 'before') })),
    ];
  }

  private at({ file, line, column = 1 }: Where, side: Side): Piece {
    const shown = { patch: this.patches[side], side, file, line, column, endLine: line, endColumn: column };
    return this.link(`${file.slice(file.lastIndexOf('/') + 1)}:${line}`, { kind: 'place', target: { kind: 'text', shown } });
  }

  private link(words: string, link: PageLink): Piece {
    return { text: words, link: this.links.push(link) - 1 };
  }
}

function ends(functions: readonly string[]): string {
  const [first = '', last = ''] = [functions[0], functions.at(-1)];
  return first === last ? first : `${first} → ${last}`;
}

function text(words: string): Piece {
  return { text: words };
}

function code(words: string): Piece {
  return { text: words, isCode: true };
}

function short(name: string): string {
  return name.replace(/^(struct|union) /, '');
}
