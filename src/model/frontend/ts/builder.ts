import type { Expression } from '../../ir/execution.ts';
import type { Block, Edge, Step } from '../../ir/program.ts';

interface OpenBlock {
  readonly steps: Step[];
  readonly next: Edge[];
  returns?: NonNullable<Block['returns']>;
}

export const zero: Expression = { kind: 'constant', value: 0 };
export const one: Expression = { kind: 'constant', value: 1 };

export function operation(operator: string, ...operands: readonly Expression[]): Expression {
  return { kind: 'operation', operator, operands };
}

export function not(condition: Expression): Expression {
  return condition.kind === 'constant' ? (condition.value === 0 ? one : zero) : operation('!', condition);
}

/** The control-flow graph of one model function while it is built. */
export class Builder {
  readonly blocks: OpenBlock[] = [];
  current = 0;
  private temporaries = 0;

  constructor() {
    this.open();
  }

  open(): number {
    return this.blocks.push({ steps: [], next: [] }) - 1;
  }

  edge(from: number, to: number, when?: Expression): void {
    if (when?.kind === 'constant') {
      if (when.value !== 0) this.blocks[from]!.next.push({ to, conditions: [] });
      return;
    }
    this.blocks[from]!.next.push({ to, conditions: [], ...(when && { when }) });
  }

  split(condition: Expression, yes: number, no: number): void {
    this.edge(this.current, yes, condition);
    this.edge(this.current, no, not(condition));
  }

  emit(step: Step): void {
    this.blocks[this.current]!.steps.push(step);
  }

  temporary(): string {
    return `@${this.temporaries++}`;
  }

  /** A block that nothing leads to: what follows a return or a jump. */
  unreachable(): void {
    this.current = this.open();
  }

  /** Whether a way leads from the beginning to the block. */
  isReached(block: number): boolean {
    const reached = new Set([0]);
    for (const each of reached) for (const { to } of this.blocks[each]!.next) reached.add(to);
    return reached.has(block);
  }
}
