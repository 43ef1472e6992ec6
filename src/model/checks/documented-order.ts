import type { HeldLock } from '../analysis/contexts.ts';
import { compareEdges, type OrderEdge } from '../analysis/order-graph.ts';
import type { LockKind } from '../ir/program.ts';
import { withoutSubclass } from '../analysis/contexts.ts';
import { configText, placeKey, type CheckInput, type Draft } from './check.ts';
import { Doubts, doubtChain, doubtCut, doubtInstances, doubtLength } from './confidence.ts';
import type { BoundRule } from './resolve-rules.ts';
import { heldText, reportedAt, witnessOf } from './witness.ts';

/** The outer lock of a documented order taken while the inner one is held. */
export function checkDocumentedOrder(input: CheckInput): readonly Draft[] {
  const drafts: Draft[] = [];
  for (const rule of input.rules) {
    if (rule.outer === undefined || rule.inner === undefined) continue;
    const places = new Map<string, OrderEdge>();
    for (const edge of edgesAgainst(rule, input)) {
      const place = reportedAt(edge.to, input.isAskedFor);
      if (!place) continue;
      const key = `${place.at.file}:${place.at.line}:${place.at.column}`;
      const known = places.get(key);
      if (!known || compareEdges(edge, known) < 0) places.set(key, edge);
    }
    const keeping = keepingPlaces(rule, input);
    if (isDoubtful(places.size, keeping)) drafts.push(doubtful([...places.values()].sort(compareEdges), rule, keeping, input));
    else for (const edge of places.values()) drafts.push(draft(edge, rule, keeping, input));
  }
  return drafts;
}

function edgesAgainst({ rule, outer, inner }: BoundRule, { graph }: CheckInput): readonly OrderEdge[] {
  const edges: OrderEdge[] = [];
  for (const from of graph.classes) {
    if (withoutSubclass(from) !== inner) continue;
    for (const to of graph.successors(from)) {
      if (withoutSubclass(to) !== outer) continue;
      for (const edge of graph.between(from, to))
        if (innerHeld({ rule, outer, inner }, edge.to.step.lock.kind, edge.to.held, edge.from)) edges.push(edge);
    }
  }
  return edges;
}

/** Whether the outer lock of a rule, taken with these held, is taken inside `from`, which has the class of the inner one. */
export function innerHeld({ rule, outer }: BoundRule, kind: LockKind, held: readonly HeldLock[], from: HeldLock): boolean {
  if (rule.innerMode !== undefined && from.mode !== rule.innerMode) return false;
  // Readers of SRCU wait for nobody, whatever is held.
  if (kind === 'srcu' || kind === 'rcu') return false;
  // Already held outside: the order was kept, and this is a second instance or a nested class.
  const first = held.findIndex((h) => withoutSubclass(h.lockClass) === outer);
  return first < 0 || first >= held.indexOf(from);
}

/** How many places take the two as documented. */
function keepingPlaces({ outer, inner }: BoundRule, { graph }: CheckInput): number {
  return new Set(graph.between(outer!, inner!).map((e) => placeKey(e.to))).size;
}

/** Places against an order, for it to be the order that is wrong: fewer may as well be mistakes. */
const fewestAgainst = 3;

/** Whether most of the code does otherwise than a document says. */
function isDoubtful(against: number, keeping: number): boolean {
  return against >= fewestAgainst && against > keeping;
}

/** One finding for all places against an order that most of them break, at the surest. */
function doubtful(edges: readonly OrderEdge[], rule: BoundRule, keeping: number, input: CheckInput): Draft {
  const [first, ...others] = edges.map((edge) => draft(edge, rule, keeping, input));
  const kept = keeping === 0 ? 'nowhere' : `in ${keeping} ${keeping === 1 ? 'place' : 'places'}`;
  return {
    ...first!,
    severity: 'information',
    message: `${rule.outer!} is taken inside ${rule.inner!} here and in ${others.length} other places, and outside it, as documented, ${kept}: the order is doubtful`,
  };
}

function draft(edge: OrderEdge, { rule, outer, inner }: BoundRule, keeping: number, input: CheckInput): Draft {
  const doubts = new Doubts();
  doubtChain(edge.to, edge.from, input, doubts);
  doubtLength([edge], doubts);
  doubtInstances([edge.from.lockClass, edge.to.lockClass], input.program, doubts);
  const others = edge.to.held.filter((h) => h !== edge.from && !h.isPrivate);
  const also = others.length > 0 ? `; also held: ${others.map(heldText).join(', ')}` : '';
  const config = configText(edge.to.config);
  doubtCut(edge.from.lockClass, edge.to.lockClass, input.graph, doubts);
  const reasons = [...doubts.sentences];
  if (keeping > 0) reasons.push(`${keeping} other ${keeping === 1 ? 'place takes' : 'places take'} the two as documented`);
  return {
    check: 'documented-order',
    severity: doubts.severity('warning'),
    confidence: doubts.confidence,
    message: `${edge.to.lockClass} is taken inside ${heldText(edge.from)}, documented outside it${also}`,
    ...reportedAt(edge.to, input.isAskedFor)!,
    about: [inner!, outer!],
    acquires: edge.to.lockClass,
    held: edge.to.held.map((h) => h.lockClass),
    witnesses: [witnessOf(edge.to, input.program, edge.from)],
    order: { file: rule.file, line: rule.line, text: rule.text },
    ...(config && { config }),
    reasons,
  };
}
