import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import packageJson from '../../package.json' with { type: 'json' };
import { createDiskTree } from '../host/disk-tree.ts';
import { loadGrammar } from '../host/grammar.ts';
import { baseTree, openPatches, revisionCalled, type PatchOrigin } from '../host/patch-source.ts';
import { checkRecords } from '../model/checks/records.ts';
import type { Confidence } from '../model/checks/finding.ts';
import { passingIn } from '../model/compare/passing.ts';
import { isProblem, remarksOf } from '../model/compare/remarks.ts';
import { unfollowedText } from '../model/compare/unseen.ts';
import type { Patch } from '../model/patch/patch.ts';
import { filterReview, hasUnsure, lessSureLines } from '../model/report/left-out.ts';
import { isLeftOut, isReviewedInPart, notReviewed, unreadText } from '../model/report/not-reviewed.ts';
import { plain } from '../model/report/plain.ts';
import { renderReplies } from '../model/report/reply.ts';
import { renderB4, renderReviewJson } from '../model/report/review-json.ts';
import { passingTexts, renderReview } from '../model/report/review-text.ts';
import { renderSarif } from '../model/report/sarif.ts';
import type { Review } from '../model/review-api.ts';
import { createReviewer } from '../model/reviewer.ts';
import { readBaseline } from './baseline.ts';
import { CannotRun, UsageError, type Command, type Surroundings } from './command.ts';
import { minimumConfidence, minimumConfidenceHelp, oneOf, flag, parseOptions, string, strings } from './options.ts';
import { addOrders, findRoot } from './paths.ts';
import { progressLine } from './progress.ts';

const formats = ['text', 'json', 'sarif', 'reply', 'b4'] as const;

interface ReviewOptions {
  /** Empty where changes of the work tree are meant. */
  readonly patch: string;
  readonly changes: 'staged' | 'unstaged' | undefined;
  readonly tree: string | undefined;
  readonly orders: readonly string[];
  readonly minimumConfidence: Confidence;
  readonly baseline: string | undefined;
  readonly format: (typeof formats)[number];
  /** SARIF has every finding, not only the new ones. */
  readonly isAll: boolean;
}

export const review: Command = {
  name: 'review',
  usage: `PATCH|MBOX|RANGE|-|--staged|--unstaged [--tree DIR] [--orders FILE]… [--minimum-confidence LEVEL]
         [--baseline FILE] [--format text|json|sarif|reply|b4] [--all]`,
  summary: 'Say what a patch changes in the locking: findings, lock classes, orders, contracts, accesses',
  help: `The argument is a file with a patch (as git format-patch, git diff or diff -ru write it), a mail box
with a series, - for standard input, or a commit or range of the tree's git repository; of a name that
is a file and a branch, ./NAME is the file and refs/heads/NAME the branch. The patch is
put on the tree in memory; nothing is written. Where git has the commit that it was made on (base-commit:
of a mail), that is the tree. A tree that has the patch already is compared with itself without it.
Parts that do not fit are named and left out.

  --staged, --unstaged   what is in the index and not in the last commit, or in the work tree and not in
                         the index, instead of a patch

  --tree DIR             root of the kernel tree; default: the nearest folder above the current one
                         that has MAINTAINERS, else the current folder
  --orders FILE          further documented orders; may be given again
${minimumConfidenceHelp}\
  --baseline FILE        leave out the findings that FILE lists
  --format FORMAT        text (default); json; sarif (2.1.0: what is new);
                         reply: a mail that answers the patch, of a series a mail box with those that
                         say something; b4: what b4 review asks of a check
  --all                  in SARIF also what is unchanged and absent, as baselineState says

Exit status: 0 no new finding, or information only; 1 new findings, also such as one patch of a series
brings and a later one takes away; 2 could not run, or nothing new in what was looked at, but parts of
the patch could not be read or do not fit: they are named. With --format b4 the status is 0 whenever the
answer could be given.
`,
  run: async (args, surroundings) => {
    const options = optionsOf(args);
    const known = options.baseline === undefined ? undefined : readBaseline(surroundings.cwd, options.baseline);
    const { review: all, patches } = await runReview(options, surroundings);
    const shown = filterReview(all, { minimumConfidence: options.minimumConfidence, baseline: known });
    const parts = notReviewed(all);
    surroundings.stdout.write(render(shown, patches, options));
    // Whoever sends the answer on, or stores it, has to know; the text says it itself.
    if (options.format !== 'text')
      for (const { file, message } of parts) say(surroundings, file === undefined ? message : `${file}: ${message}`);
    // A mail is for others, and says nothing of what its sender was not shown.
    if (options.format === 'reply')
      for (const line of [...shown.whole.unfollowed.map(unfollowedText), ...lessSureLines(shown.leftOut, 'option')])
        say(surroundings, line);
    if (options.format === 'b4') return 0;
    const passing = passingIn(shown.patches).map(({ finding }) => finding);
    const isMisfit = shown.whole.changes.types.some(({ misfits }) => misfits.length > 0);
    if (isMisfit || [...shown.whole.findings, ...passing].some(isProblem)) return 1;
    return parts.length > 0 ? 2 : 0;
  },
};

function say({ stderr }: Surroundings, notice: string): void {
  stderr.write(`lockstep: ${plain(notice)}\n`);
}

async function runReview(options: ReviewOptions, surroundings: Surroundings): Promise<{ review: Review; patches: readonly Patch[] }> {
  const { cwd, stderr } = surroundings;
  const root = findRoot(options.tree, [], cwd);
  if (root.isGuess) say(surroundings, `no MAINTAINERS above ${cwd}: using it as the tree (--tree DIR names another)`);
  const origin = await originOf(options, root.folder, surroundings);
  const name = origin.kind === 'bytes' ? origin.name : options.changes === undefined ? options.patch : `${options.changes} changes`;
  const opened = await openPatches(root.folder, origin);
  const noFile = origin.kind === 'revision' ? 'no such file, and as a revision: ' : '';
  if ('error' in opened) throw new CannotRun(`cannot read ${name}: ${noFile}${opened.error}`);
  for (const notice of opened.notices) say(surroundings, notice);
  const { patches } = opened;
  if (patches.length === 0) for (const problem of opened.problems) say(surroundings, unreadText(problem));
  if (patches.length === 0) throw new CannotRun(`no patch in ${name}`);
  const base = baseTree(root.folder, opened.base, createDiskTree(root.folder));
  if ('error' in base) throw new CannotRun(`cannot read ${opened.base ?? 'the tree'}: ${base.error}`);
  const { tree, orders } = addOrders(base.tree, root, options.orders);
  const progress = progressLine(stderr);
  const reviewer = await createReviewer({ tree, ...loadGrammar() });
  try {
    const { isInTree, problems: unread } = opened;
    return { review: reviewer.review({ patches, orders, isInTree, unread, progress: progress.show }), patches };
  } finally {
    progress.clear();
  }
}

async function originOf({ patch, changes }: ReviewOptions, root: string, surroundings: Surroundings): Promise<PatchOrigin> {
  const { cwd, input } = surroundings;
  if (changes !== undefined) return { kind: 'changes', place: changes };
  if (patch === '-') return { kind: 'bytes', name: 'standard input', bytes: await bytesOf(input()) };
  const file = path.resolve(cwd, patch);
  if (!existsSync(file)) return { kind: 'revision', revision: patch };
  const called = /^\.{0,2}\//.test(patch) ? undefined : revisionCalled(root, patch);
  if (called === undefined) return { kind: 'file', file };
  if (!statSync(file).isDirectory()) throw new UsageError(`${patch} is a file and a revision: say ./${patch} or ${called}`);
  say(surroundings, `${patch} is a folder, which is no patch, and a revision: ${called} is reviewed`);
  return { kind: 'revision', revision: patch };
}

async function bytesOf(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer));
  return Buffer.concat(chunks);
}

function render(review: Review, patches: readonly Patch[], { format, isAll }: ReviewOptions): string {
  switch (format) {
    case 'text':
      return renderReview(review, patches);
    case 'json':
      return renderReviewJson(review, patches);
    case 'sarif':
      // GitHub, which most of it is for, shows every result as an alert of the tree it got: it does not read baselineState.
      return renderSarif(
        checkRecords,
        {
          ...review,
          findings: review.whole.findings.filter(({ change }) => isAll || change === 'new'),
          suppressed: review.whole.suppressed.filter(({ finding }) => isAll || finding.change === 'new'),
        },
        {
          ...{ toolVersion: packageJson.version, notReviewed: notReviewed(review), inBetween: passingTexts(review, patches) },
          ...(review.leftOut && { leftOut: review.leftOut }),
        },
      );
    case 'reply':
      return renderReplies(
        review.patches.flatMap((each, i) =>
          isLeftOut(each)
            ? []
            : {
                ...{ patch: patches[i]!, isInPart: isReviewedInPart(review, each), isUnsure: hasUnsure(each), changes: each.changes },
                remarks: remarksOf(each).filter(({ isSaid }) => isSaid),
              },
        ),
        patches.length > 1,
      );
    case 'b4':
      return renderB4(review, patches);
  }
}

function optionsOf(args: readonly string[]): ReviewOptions {
  const { values, positionals } = parseOptions(args, {
    tree: string,
    orders: strings,
    'minimum-confidence': string,
    all: flag,
    baseline: string,
    format: string,
    staged: flag,
    unstaged: flag,
  });
  const format = oneOf('format', values.format ?? 'text', formats);
  const named = [...positionals, ...(values.staged ? ['--staged'] : []), ...(values.unstaged ? ['--unstaged'] : [])];
  if (values.all && format !== 'sarif') throw new UsageError('--all is for --format sarif');
  const series = positionals.length > 1 ? '; of a series in several files: cat *.patch | lockstep review -' : '';
  if (named.length !== 1) throw new UsageError(`review needs one PATCH, MBOX, RANGE or -, or --staged or --unstaged${series}`);
  return {
    patch: positionals[0] ?? '',
    changes: values.staged ? 'staged' : values.unstaged ? 'unstaged' : undefined,
    tree: values.tree,
    orders: values.orders ?? [],
    minimumConfidence: minimumConfidence(values['minimum-confidence']),
    baseline: values.baseline,
    format,
    isAll: values.all ?? false,
  };
}
