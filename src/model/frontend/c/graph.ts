import type { Integer } from '../../ir/comparisons.ts';
import type { Alias, Block, Condition, Edge, Step } from '../../ir/program.ts';
import type { Range } from '../../source/location.ts';
import type { Expressions } from './expressions.ts';
import { type Frame, peel, Scope, text } from './frame.ts';
import type { Node } from './syntax.ts';

interface OpenBlock {
  readonly steps: Step[];
  readonly next: Edge[];
  returns?: NonNullable<Block['returns']>;
}

/** A C scope while it is open: its names, and what runs when it is left (guards, innermost last). */
export interface Region {
  readonly scope: Scope;
  readonly cleanups: (() => void)[];
  readonly outer: Region | undefined;
}

/** Where a jump goes: a block, and the scope that is left for it. */
export interface Target {
  readonly block: number;
  readonly region: Region;
}

const none: readonly never[] = [];

/** Calls by which drivers come from one object of theirs to another, always the same one: `netdev_priv(dev)`, `i2c_get_clientdata(client)`. */
const accessor = /^\w*(?:_priv|drvdata|clientdata|intfdata|_get_serial(?:_port)?_data)\((\w+)\)$/;
/** The object that another one is part of: `to_i2c_client(dev)`. */
const whole = /^(?:to_\w+|container_of(?:_const)?)\((\w+)[,)]/;

/** Expressions that may be integers, by the type of their node. */
const constantTypes = /^(?:number_literal|(?:parenthesized|unary|binary|cast|call)_expression)$/;

/** The control-flow graph of one function while it is built: blocks, edges, and the scopes that are open. */
export abstract class GraphBuilder {
  protected readonly blocks: OpenBlock[] = [];
  protected current = 0;
  protected region: Region = { scope: new Scope(), cleanups: [], outer: undefined };
  /** What variables lead to; undefined where that is not one object of a parameter's. */
  private readonly ledTo = new Map<string, string | undefined>();
  /** Variables that are given what a parameter is a part of, and nothing else so far. */
  private readonly wholes = new Set<string>();
  protected readonly breaks: Target[] = [];
  protected readonly continues: Target[] = [];

  /** The function's own text. */
  protected readonly whole: Frame;

  constructor(
    protected frame: Frame,
    protected readonly x: Expressions,
  ) {
    this.whole = frame;
    this.open();
  }

  finish(): readonly Block[] {
    // Lists that grew have room for more, and most blocks have no step of their own: half a kernel's memory would be that.
    return this.blocks.map(({ steps, next, returns }) => ({
      steps: steps.length > 0 ? steps.slice() : none,
      next: next.length > 0 ? next.slice() : none,
      ...(returns && { returns }),
    }));
  }

  protected open(): number {
    return this.blocks.push({ steps: [], next: [] }) - 1;
  }

  protected edge(from: number, to: number, conditions: readonly Condition[] = none): void {
    this.blocks[from]!.next.push({ to, conditions: conditions.length > 0 ? conditions : none });
  }

  /** An edge that only some configurations have; none that can never be. */
  protected edgeUnder(from: number, to: number, conditions: readonly string[]): void {
    const facts = this.x.unit.facts(conditions, this.frame.file);
    if (facts) this.edge(from, to, facts);
  }

  protected emit(step: Step): void {
    this.emitTo(this.current, step);
  }

  protected emitTo(block: number, step: Step): void {
    const { steps } = this.blocks[block]!;
    if (step.kind === 'assign') this.leads(step.target, step.same);
    if (step.kind === 'assign' && this.isOfParameter(step.target)) steps.push({ ...step, isOfParameter: true });
    else steps.push(step);
  }

  private isOfParameter(target: string): boolean {
    const root = /^\w+/.exec(target)?.[0];
    return root !== undefined && (this.isParameter(root) || (root !== target && this.ledTo.get(root) !== undefined));
  }

  private isParameter(name: string): boolean {
    return (this.region.scope.find(name)?.parameter ?? -1) >= 0;
  }

  /** Whether a parameter has been given no other value. */
  private isSettled(name: string): boolean {
    return this.isParameter(name) && !this.ledTo.has(name);
  }

  /** Notes the object that a variable is given, if a parameter leads to it. */
  private leads(variable: string, same: string): void {
    if (!/^\w+$/.test(variable)) return;
    const owner = accessor.exec(same)?.[1];
    const isFirst = !this.ledTo.has(variable);
    const isOne = isFirst && owner !== undefined && (this.isSettled(owner) || this.wholes.has(owner));
    const part = whole.exec(same)?.[1];
    if (isFirst && part !== undefined && this.isSettled(part)) this.wholes.add(variable);
    else this.wholes.delete(variable);
    // A parameter that is given another value leads to no one object.
    this.ledTo.set(variable, isOne ? same : undefined);
    for (const [other, object] of this.ledTo) if (object?.includes(`(${variable})`)) this.ledTo.set(other, undefined);
  }

  /** Variables with the one object that each leads to. */
  get ledToObjects(): readonly Alias[] {
    return [...this.ledTo].flatMap(([variable, object]) => (object === undefined ? [] : [{ variable, object }]));
  }

  /** The integer that an expression is, whatever happens. */
  protected exact(node: Node): number | undefined {
    const { file } = this.frame;
    const isOwn = (name: string): boolean => this.region.scope.find(name) !== undefined;
    if (node.type === 'identifier') {
      const name = text(node, this.frame);
      return isOwn(name) ? undefined : this.x.constants.named(name, file);
    }
    return constantTypes.test(node.type) ? this.x.constants.expression(text(node, this.frame), file, isOwn) : undefined;
  }

  /** The same, with the name that it goes by. */
  protected integer(node: Node): Integer | undefined {
    const value = this.exact(node);
    if (value === undefined) return undefined;
    const inner = peel(node, this.frame);
    return inner.type === 'identifier' ? { value, name: text(inner, this.frame) } : { value };
  }

  protected at(node: Node): Range {
    return this.frame.at ?? { start: node.start, end: node.end };
  }

  protected jump(target: Target | undefined): void {
    if (target) {
      this.leave(this.region, target.region);
      this.edge(this.current, target.block);
    }
    this.current = this.open();
  }

  /** Emits the cleanups between two regions, innermost first; they may open blocks. */
  protected leave(from: Region, to: Region | undefined): void {
    const outer = new Set<Region>();
    for (let r = to; r; r = r.outer) outer.add(r);
    for (let r: Region | undefined = from; r && !outer.has(r); r = r.outer) for (const cleanup of r.cleanups.toReversed()) cleanup();
  }

  protected inside(run: () => void): void {
    const outer = this.region;
    this.region = { scope: new Scope(outer.scope), cleanups: [], outer };
    run();
    this.leave(this.region, outer);
    this.region = outer;
  }

  protected within(breakTo: Target, continueTo: Target | undefined, run: () => void): void {
    this.breaks.push(breakTo);
    if (continueTo) this.continues.push(continueTo);
    run();
    this.breaks.pop();
    if (continueTo) this.continues.pop();
  }

  protected join(a: number, b: number): void {
    const after = this.open();
    this.edge(a, after);
    this.edge(b, after);
    this.current = after;
  }
}
