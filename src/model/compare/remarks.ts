import type { CheckId, Finding } from '../checks/finding.ts';
import type {
  AccessChange,
  AccessSite,
  Cause,
  ChangedFinding,
  Changes,
  ContractChange,
  EdgeChange,
  LockTypeChange,
  PatchPlace,
  Reviewed,
} from './changes.ts';
import { asNew } from './contracts.ts';
import { list } from './lists.ts';
import { callsUnderText, lockTypeText, misfitText } from './lock-types.ts';

/** One thing that a reviewer may want to say of a patch, and the line to say it at. */
export interface Remark {
  /** Of the finding, of the two locks, of the function whose callers have something to know, or of the place whose accesses or type changed: the same from review to review. */
  readonly id: string;
  readonly kind: 'new' | 'fixed' | 'kept' | 'type' | 'order' | 'contract' | 'access';
  /** In one sentence. */
  readonly title: string;
  readonly place?: PatchPlace;
  /** A reply makes it unless it is told not to: what is new or fixed, orders the other way round, locks that functions newly leave to their callers, and accesses that may meet. */
  readonly isSaid: boolean;
  readonly finding?: ChangedFinding;
  readonly contract?: ContractChange;
  readonly access?: AccessChange;
  readonly type?: LockTypeChange;
  /** Two locks that are taken in this order now, and were in the other; or two of one class. */
  readonly order?: EdgeChange;
}

/** New findings first, then what was there before, what is fixed, types of locks, orders the other way round, functions, and accesses. */
export function remarksOf({ findings, changes }: Pick<Reviewed, 'findings' | 'changes'>): readonly Remark[] {
  const ranks = ['new', 'kept', 'fixed'];
  const sorted = [...findings].sort((a, b) => ranks.indexOf(a.change) - ranks.indexOf(b.change));
  return [
    ...sorted.map((finding): Remark => {
      const { id, change, place } = finding;
      return { id, kind: change, title: titleOf(finding), isSaid: change !== 'kept', finding, ...(place && { place }) };
    }),
    ...changes.types.map(typeRemark),
    ...swapped(changes.edges, findings).map(orderRemark),
    ...changes.contracts.flatMap((contract) => contractRemark(contract, findings)),
    ...changes.accesses.map((access): Remark => {
      const title = accessSentences(access.place, access.messages).slice(0, -1);
      return {
        id: `access:${access.place}`,
        kind: 'access',
        title,
        isSaid: isAccessSaid(access, findings),
        access,
        ...(access.at && { place: access.at }),
      };
    }),
  ];
}

/** What says that a lock is not held, or not as it should be: accesses that it does not guard are the same mistake. */
const lackingChecks: ReadonlySet<string> = new Set<CheckId>(['release-unheld', 'lock-contract', 'mismatched-release']);

/** Whether a new finding says of one of these functions that it does not have a lock. */
function isLacking(names: readonly string[], lock: string, findings: Reviewed['findings']): boolean {
  return findings.some(
    ({ change, check, about, witnesses }) =>
      change === 'new' && lackingChecks.has(check) && about.includes(lock) && witnesses.flat().some((hop) => names.includes(hop.function)),
  );
}

/** Whether all that accesses lost are locks that the functions on their way, as new findings say, do not have. */
function isExplained({ before, after }: AccessChange, findings: Reviewed['findings']): boolean {
  if (!before || !after) return false;
  const lost = after.sites.flatMap((site) => {
    const own = before.sites.filter((other) => other.function === site.function && other.kind === site.kind);
    const has = ({ guards, shared }: AccessSite, lock: string): boolean => guards.includes(lock) && !shared.includes(lock);
    const locks = own.flatMap((old) => old.guards.filter((lock) => has(old, lock) && !has(site, lock)));
    return locks.map((lock) => ({ lock, names: [site.function, ...site.chain] }));
  });
  return lost.length > 0 && lost.every(({ lock, names }) => isLacking(names, lock, findings));
}

/** Whether a reply says it: nothing is to be done about what is better than before where the patch does not show it. */
function isAccessSaid(access: AccessChange, findings: Reviewed['findings']): boolean {
  if (access.verdict === 'note' || (access.verdict === 'closed' && !access.at)) return false;
  return !isExplained(access, findings);
}

/** That it is of another type is what was meant; what does not fit that is not, or may not be. */
function typeRemark(type: LockTypeChange): Remark {
  const wrong = [misfitText(type), callsUnderText(type)].filter((text) => text !== undefined);
  const title = [lockTypeText(type), ...wrong].join('; ');
  return {
    id: `type:${type.lockClass}`,
    kind: 'type',
    title,
    isSaid: wrong.length > 0,
    type,
    ...(type.place && { place: type.place }),
  };
}

/** Two locks whose order the patch turns round, or that are of one class, and that is no circle before or after: a finding says it of one that is. */
function swapped({ added, removed }: Changes['edges'], findings: Reviewed['findings']): readonly EdgeChange[] {
  return added.filter(({ outer, inner }) => {
    const isTold = findings.some(({ change, about }) => change !== 'kept' && about.includes(outer) && about.includes(inner));
    return !isTold && (outer === inner || removed.some((other) => other.outer === inner && other.inner === outer));
  });
}

function orderRemark(order: EdgeChange): Remark {
  const { outer, inner, place } = order;
  const title =
    outer === inner
      ? `${inner} is taken with a lock of its class held now, be it the same or another one, and lockdep takes the two for one`
      : `${inner} is taken inside ${outer} now; before the patch it was the other way round`;
  return { id: `order:${outer}->${inner}`, kind: 'order', title, isSaid: true, order, ...(place && { place }) };
}

/** Of functions that the patch shows: those that only call them change alike. What a new one does is nobody's mistake yet, unless its callers lack what it asserts. */
function contractRemark(contract: ContractChange, findings: Reviewed['findings']): readonly Remark[] {
  const { function: name, at, before, warnings, lacking, place, follows, likewise } = contract;
  if (warnings.length === 0 || !place || follows) return [];
  const untold = lacking.filter((lock) => !isLacking([name], lock, findings));
  const isSaid = untold.length > 0 || (before !== undefined && warnings.length > lacking.length);
  const does = warnings.join(', and ');
  const title = `${name} ${before ? does : asNew(does)}${likewise === undefined ? '' : `; ${likewise}`}`;
  return [{ id: `contract:${at.file}:${name}`, kind: 'contract', title, isSaid, contract, place }];
}

/** What a patch does to a finding, in a sentence without its full stop. */
export function titleOf(finding: ChangedFinding): string {
  const said = sentenceOf(finding);
  switch (finding.change) {
    case 'new':
      return `With this patch, ${said}${finding.goneWith ? `; fixed by ${finding.goneWith.name}` : ''}`;
    case 'kept':
      return `Not new, but still so: ${said}`;
    case 'fixed':
      return `This patch fixes${finding.cameWith ? ` what ${finding.cameWith.name} brought` : ''}: ${said}`;
  }
}

type Said = Pick<ChangedFinding, 'message' | 'function'>;

/** What a finding says, as part of a sentence: messages that begin with what is done get who does it, those that say `here` where that is. */
export function sentenceOf(finding: Said): string {
  const { message, function: name } = finding;
  return isNamed(finding) ? lowerFirst(message) : saidOf(message, [name]);
}

/** The same of several that say the same of the function that each is in; undefined where they do not. */
export function sentenceOfAll(findings: readonly Said[]): string | undefined {
  const [{ message }] = findings as readonly [Said];
  if (findings.some((finding) => isNamed(finding) || finding.message !== message)) return undefined;
  return saidOf(message, [...new Set(findings.map((finding) => finding.function))]);
}

function isNamed({ message, function: name }: Said): boolean {
  return name === '' || message.startsWith(`${name} `);
}

function saidOf(message: string, names: readonly string[]): string {
  const does = /^(wait|take|give|call)s\b/.exec(message);
  if (does) return `${list(names)} ${names.length > 1 ? does[1]! : does[0]}${message.slice(does[0].length)}`;
  const said = lowerFirst(message).replace(/ (is taken|may sleep|sleeps) here\b/, ` $1 in ${list(names)}`);
  return names.length > 1 && said === lowerFirst(message) ? `${said}, in ${list(names)}` : said;
}

/** What changed at a place, in sentences. */
export function accessSentences(place: string, messages: readonly string[]): string {
  const [first, ...others] = messages;
  return [`${place}: ${first ?? ''}.`, ...others.map((each) => `${each[0]?.toUpperCase()}${each.slice(1)}.`)].join(' ');
}

/** `by removing "mutex_lock(&kvm->lock);"`, for the first changed lines that did it. */
export function causeText({ causes, change }: Pick<ChangedFinding, 'causes' | 'change'>): string | undefined {
  if (causes.length === 0) return undefined;
  const signs = (text: string): number => new Set(causes.filter((cause) => cause.text === text).map(({ sign }) => sign)).size;
  const moved = [...new Set(causes.map(({ text }) => text))].filter((text) => signs(text) > 1);
  const words = (sign: Cause['sign']): string => {
    const texts = causes.filter((cause) => cause.sign === sign && !moved.includes(cause.text)).map(({ text }) => text);
    const lines = [...new Set(texts)].map((text) => {
      const times = texts.filter((other) => other === text).length;
      return `"${text}"${times > 1 ? ` (${times} lines)` : ''}`;
    });
    return lines.length === 0 ? '' : `${sign === '+' ? 'adding' : 'removing'} ${lines.join(' and ')}`;
  };
  const moving = moved.length > 0 ? `moving ${moved.map((text) => `"${text}"`).join(' and ')}` : '';
  const parts = [moving, words('-'), words('+')].filter((part) => part !== '');
  return `${change === 'new' ? 'comes by' : 'by'} ${parts.join(' and ')}`;
}

/** Whether anybody has to do something about it. */
export function isProblem({ severity, change }: Pick<ChangedFinding, 'severity' | 'change'>): boolean {
  return change === 'new' && severity !== 'information';
}

/** Whether a patch changes nothing in the locking that is known. */
export function isUnchanged({ findings, suppressed, changes }: Pick<Reviewed, 'findings' | 'suppressed' | 'changes'>): boolean {
  const { classes, renames, types, edges, contracts, accesses, rules } = changes;
  const lists = [
    classes.added,
    classes.removed,
    renames,
    types,
    edges.added,
    edges.removed,
    contracts,
    accesses,
    rules.added,
    rules.removed,
  ];
  return suppressed.length === 0 && findings.every(({ change }) => change === 'kept') && lists.every((list) => list.length === 0);
}

function lowerFirst(text: Finding['message']): string {
  return /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}
