/*
 * SARIF 2.1.0, shaped by what its readers do with it: GitHub shows a related location only where the message
 * links to it, VS Code's viewer drops line ends and shows one code flow per path, and both want a rule's name to differ
 * from its id. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import type { Log, Notification, ReportingDescriptor, Result, Run, ThreadFlowLocation } from 'sarif';
import type { CheckRecord, Confidence, Finding, Hop, Severity, SuppressedFinding, Witness } from '../checks/finding.ts';
import type { Change } from '../compare/changes.ts';
import type { CheckResult } from '../reviewer-api.ts';
import type { Problem } from '../source/location.ts';
import type { LeftOut } from './left-out.ts';
import { hopText, jsonText } from './plain.ts';
import { link, message, Places, placeOf, reference } from './sarif-places.ts';

interface SarifOptions {
  /** Version of Lockstep, `1.2.3`. */
  readonly toolVersion: string;
  readonly leftOut?: LeftOut;
  /** Of a series: findings that are there after one of its patches and not after the last. The tree has no line for them: they are no results. */
  readonly inBetween?: readonly Problem[];
  /** Of a patch: parts that were not looked at. */
  readonly notReviewed?: readonly { readonly file?: string; readonly message: string }[];
}

type SarifInput = Omit<CheckResult, 'findings'> & { readonly findings: readonly (Finding & { readonly change?: Change })[] };

const levels = { error: 'error', warning: 'warning', information: 'note' } as const satisfies Record<Severity, Result.level>;
const states = { new: 'new', fixed: 'absent', kept: 'unchanged' } as const satisfies Record<Change, Result.baselineState>;
/** SARIF's rank runs from 0 to 100. */
const ranks: Record<Confidence, number> = { high: 90, medium: 50, low: 20 };

/** `change` of a finding, where it has one, becomes its state against the baseline: the tree before the patch. */
export function renderSarif(records: readonly CheckRecord[], result: SarifInput, options: SarifOptions): string {
  const log: Log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [runOf(records, result, options)],
  };
  return jsonText(log);
}

function runOf(records: readonly CheckRecord[], result: SarifInput, options: SarifOptions): Run {
  return {
    tool: {
      driver: {
        name: 'Lockstep',
        version: options.toolVersion,
        semanticVersion: options.toolVersion,
        rules: records.map(ruleOf),
        notifications: [
          { id: 'not-understood', name: 'NotUnderstood', shortDescription: { text: 'Something could not be read or understood' } },
          { id: 'not-reviewed', name: 'NotReviewed', shortDescription: { text: 'A part of the patch was not looked at' } },
          {
            id: 'in-between',
            name: 'InBetween',
            shortDescription: { text: 'One patch of the series brings it, and a later one takes it away' },
          },
        ],
      },
    },
    language: 'en-US',
    columnKind: 'utf16CodeUnits',
    defaultSourceLanguage: 'c',
    // Without a uri: a report says the same on every machine, and its readers know where their tree is.
    originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the kernel tree that was checked' } } },
    invocations: [
      {
        executionSuccessful: true,
        toolExecutionNotifications: [
          ...(options.notReviewed ?? []).map(notReviewedNotification),
          ...(options.inBetween ?? []).map(inBetweenNotification),
          ...result.problems.map(notificationOf),
        ],
      },
    ],
    results: [
      ...result.findings.map((finding) => ({ ...resultOf(finding, records), suppressions: [] })),
      ...result.suppressed.map((suppressed) => suppressedResult(suppressed, records)),
    ],
    properties: { stats: result.stats, ...options.leftOut },
  };
}

function ruleOf(record: CheckRecord): ReportingDescriptor {
  const text = record.explanation.replaceAll('`', '');
  return {
    id: record.id,
    name: record.id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: record.title },
    fullDescription: { text: text.split('\n\n')[0] ?? record.title },
    help: { text, markdown: record.explanation },
    properties: { tags: ['concurrency', 'locking', 'linux-kernel'] },
  };
}

/** If one result of a run says whether it is suppressed, all have to: those that are not have an empty list. */
function suppressedResult({ finding, reason }: SuppressedFinding, records: readonly CheckRecord[]): Result {
  return { ...resultOf(finding, records), suppressions: [{ kind: 'inSource', justification: reason }] };
}

function resultOf(finding: SarifInput['findings'][number], records: readonly CheckRecord[]): Result {
  const places = new Places();
  const text = [
    message(finding.message),
    ...finding.witnesses.map((witness, index) => chainText(witness, index, finding.witnesses.length, places)),
    ...orderText(finding, places),
  ].join('. ');
  const ruleIndex = records.findIndex((record) => record.id === finding.check);
  return {
    ruleId: finding.check,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    level: levels[finding.severity],
    rank: ranks[finding.confidence],
    message: { text },
    locations: [
      {
        physicalLocation: placeOf(finding.at),
        ...(finding.function === '' ? {} : { logicalLocations: [{ name: finding.function, kind: 'function' }] }),
      },
    ],
    relatedLocations: places.locations,
    codeFlows: finding.witnesses.map((witness, index) => ({
      message: { text: chainTitle(index, finding.witnesses.length) },
      threadFlows: [{ locations: witness.map((hop, at) => flowLocation(hop, at, witness)) }],
    })),
    ...(finding.change && { baselineState: states[finding.change] }),
    partialFingerprints: { 'lockstepFinding/v1': finding.id },
    properties: {
      confidence: finding.confidence,
      reasons: finding.reasons,
      acquires: finding.acquires,
      held: finding.held,
      ...(finding.config?.length ? { config: finding.config } : {}),
    },
  };
}

function chainTitle(index: number, total: number): string {
  return total === 1 ? 'Chain' : `Chain ${index + 1} of ${total}`;
}

function chainText(witness: Witness, index: number, total: number, places: Places): string {
  const hops = witness.map((hop) => {
    const words = `${hop.function} ${hopText(hop)}`;
    return link(words, places.add(hop.at, words, hop.function));
  });
  return `${chainTitle(index, total)}: ${hops.join(', ')}`;
}

function orderText({ order }: Finding, places: Places): string[] {
  if (!order) return [];
  return [`Documented order: ${link(order.text, places.add(order, order.text))}`];
}

function flowLocation(hop: Hop, index: number, witness: Witness): ThreadFlowLocation {
  const entered = witness.slice(1, index + 1).filter((next, at) => next.function !== witness[at]?.function);
  return {
    location: {
      physicalLocation: placeOf(hop.at),
      logicalLocations: [{ name: hop.function, kind: 'function' }],
      message: { text: message(`${hop.function} ${hopText(hop)}`) },
    },
    nestingLevel: entered.length,
    executionOrder: index + 1,
    importance: index === witness.length - 1 ? 'essential' : 'important',
  };
}

function notReviewedNotification({ file, message: text }: NonNullable<SarifOptions['notReviewed']>[number]): Notification {
  return {
    descriptor: { id: 'not-reviewed', index: 1 },
    level: 'error',
    message: { text: message(text) },
    ...(file === undefined ? {} : { locations: [{ physicalLocation: reference(file, 0) }] }),
  };
}

function inBetweenNotification({ file, message: text }: Problem): Notification {
  return {
    descriptor: { id: 'in-between', index: 2 },
    level: 'warning',
    message: { text: message(text) },
    locations: [{ physicalLocation: reference(file, 0) }],
  };
}

function notificationOf(problem: Problem): Notification {
  return {
    descriptor: { id: 'not-understood', index: 0 },
    level: 'warning',
    message: { text: message(problem.message) },
    locations: [{ physicalLocation: reference(problem.file, problem.line) }],
  };
}
