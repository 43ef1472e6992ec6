import type { CheckInput, Draft } from './check.ts';
import type { CheckId, Finding } from './finding.ts';
import { checkRecords } from './records.ts';
import { readSuppressions, type CommentedFile, type Suppression } from './suppression-comments.ts';

interface SuppressionInput {
  /** Those that findings are wanted for. */
  readonly files: Iterable<CommentedFile>;
  readonly analyses: readonly Pick<CheckInput, 'program' | 'summaries' | 'contexts'>[];
  /** What all checks found. */
  readonly drafts: readonly Draft[];
  /** Whether callers were looked for: where they were not, nothing found means little. */
  readonly isWithCallers: boolean;
  /** Checks that did not run: what they would find nobody knows. */
  readonly notRun: readonly CheckId[];
}

interface Suppressions {
  /** What is wrong with the comments themselves. */
  readonly drafts: readonly Draft[];
  /** Why a finding is not to be told, as the comment of the least code around its place says; undefined where none does. */
  reasonFor(finding: Pick<Finding, 'check' | 'at'>): string | undefined;
}

const ignorable = checkRecords.map(({ id }) => id).filter((id) => id !== 'suppression');

/** Comments `lockstep: ignore CHECK: REASON`: what they suppress, and which of them do not. */
export function checkSuppressions(input: SuppressionInput): Suppressions {
  const files = new Map<string, Commented>();
  for (const file of input.files) {
    const suppressions = files.has(file.path) ? [] : suppressionsIn(file);
    if (suppressions.length > 0) files.set(file.path, { file, suppressions });
  }
  const covering = ({ check, at }: Pick<Finding, 'check' | 'at'>): Suppression[] => {
    const commented = files.get(at.file);
    if (!commented) return [];
    const offset = commented.file.lines.offset(at.line, at.column);
    return commented.suppressions.filter(
      (each) => each.check === check && each.reason !== '' && each.covers.start <= offset && offset < each.covers.end,
    );
  };
  const used = new Set(files.size > 0 ? input.drafts.flatMap(covering) : []);
  return {
    drafts: [...files.values()].flatMap((commented) => misfits(commented, used, input)),
    reasonFor: (finding) => covering(finding).sort((a, b) => sizeOf(a) - sizeOf(b))[0]?.reason,
  };
}

/** Files do not change: one that is edited is another one. */
const known = new WeakMap<CommentedFile, readonly Suppression[]>();

function suppressionsIn(file: CommentedFile): readonly Suppression[] {
  let suppressions = known.get(file);
  if (!suppressions) known.set(file, (suppressions = readSuppressions(file)));
  return suppressions;
}

interface Commented {
  readonly file: CommentedFile;
  readonly suppressions: readonly Suppression[];
}

function misfits({ file, suppressions }: Commented, used: ReadonlySet<Suppression>, input: SuppressionInput): readonly Draft[] {
  return suppressions.flatMap((suppression): Draft[] => {
    if (used.has(suppression)) return [];
    const { check, reason } = suppression;
    if (!ignorable.some((id) => id === check)) {
      const what = check === '' ? 'this names no check to ignore' : `there is no check "${check}" to ignore`;
      return [draft(file, suppression, 'warning', `${what}; there is: ${ignorable.join(', ')}`)];
    }
    if (reason === '')
      return [draft(file, suppression, 'warning', `this gives no reason, so nothing is ignored: lockstep: ignore ${check}: REASON`)];
    if (input.notRun.some((id) => id === check)) return [];
    if (suppression.function && !(input.isWithCallers && isUnderstood(file, suppression.function, input))) return [];
    const where = suppression.function ? `no ${check} is found here` : 'this stands neither in a function nor directly above one';
    return [draft(file, suppression, 'information', `${where}: nothing is ignored`)];
  });
}

/** Whether the checks saw all of a function: of one that was not read, or not wholly, nobody knows what is found in it. */
function isUnderstood(file: CommentedFile, { start, end }: Suppression['covers'], { analyses }: SuppressionInput): boolean {
  const here = analyses.flatMap(({ program, summaries, contexts }) =>
    program.functions
      .filter((fn) => fn.ir.file === file.path)
      .filter((fn) => {
        const { line, column } = fn.locate({ start: 0, end: 0 });
        const offset = file.lines.offset(line, column);
        return start <= offset && offset < end;
      })
      .map((fn) => fn.ir.syntaxErrors.length === 0 && !fn.ir.cuts?.length && !summaries.flow(fn).isCut && !contexts.cut.has(fn)),
  );
  return here.length > 0 && here.every(Boolean);
}

function draft(file: CommentedFile, suppression: Suppression, severity: Draft['severity'], message: string): Draft {
  return {
    check: 'suppression',
    severity,
    confidence: 'high',
    message,
    at: file.lines.location(file.path, suppression.at),
    function: suppression.function?.name ?? '',
    about: [suppression.check],
    acquires: '',
    held: [],
    witnesses: [],
    reasons: [],
  };
}

function sizeOf({ covers }: Suppression): number {
  return covers.end - covers.start;
}
