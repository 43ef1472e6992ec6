import { oldValue, type Expression, type FieldType, type ModelProgram } from '../ir/execution.ts';
import type { LockKind } from '../ir/program.ts';
import { RunError } from './run-error.ts';

/** What a name or a field stands for. */
export type Cell =
  | { readonly kind: 'entity'; readonly id: number }
  | { readonly kind: 'variable'; readonly index: number }
  | { readonly kind: 'lock'; readonly index: number };

export interface LockInstance {
  readonly name: string;
  readonly kind: LockKind;
}

export interface Variable {
  readonly name: string;
  /** `.requests`, `.slots[]`, `counter`: variables that no thread writes are constants, told by field. */
  readonly field: string;
}

type Entity = { readonly name: string } & (
  { readonly fields: ReadonlyMap<string, Cell>; readonly struct: string } | { readonly elements: readonly Cell[] }
);

export type Locals = ReadonlyMap<string, number>;

/** Every instance there is: objects by number, the variables in them, and their locks. */
export class Memory {
  readonly variables: Variable[] = [];
  readonly locks: LockInstance[] = [];
  /** Number of RCU's domain, which no model declares. */
  readonly rcu: number;
  private readonly entities: Entity[] = [{ name: 'null', elements: [] }];
  private readonly globals = new Map<string, Cell>();
  private readonly constants = new Map<string, number>();

  constructor(
    private readonly program: ModelProgram,
    settings: ReadonlyMap<string, number>,
  ) {
    for (const { name, value } of program.parameters) this.constants.set(`@${name}`, settings.get(name) ?? value);
    for (const { name, value } of program.constants) this.constants.set(name, this.evaluate(value, noLocals));
    for (const { name, type } of program.globals) {
      if (name === 'rcu' && type.kind === 'lock') throw new RunError('rcu is the lock class of RCU itself: this lock needs another name');
      this.globals.set(name, this.instance(type, name, name));
    }
    this.rcu = this.locks.push({ name: 'rcu', kind: 'rcu' }) - 1;
  }

  private instance(type: FieldType, name: string, field: string): Cell {
    if (this.variables.length + this.locks.length >= cellLimit)
      throw new RunError(`the model has more than ${cellLimit} variables and locks`);
    switch (type.kind) {
      case 'value':
      case 'pointer':
        return { kind: 'variable', index: this.variables.push({ name, field }) - 1 };
      case 'lock':
        return { kind: 'lock', index: this.locks.push({ name, kind: type.lock }) - 1 };
      case 'struct': {
        const struct = this.program.structs.find((s) => s.name === type.struct)!;
        const fields = new Map<string, Cell>();
        const id = this.entities.push({ name, fields, struct: struct.name }) - 1;
        if (id > entityLimit) throw new RunError(`the model has more than ${entityLimit} objects`);
        for (const f of struct.fields) fields.set(f.name, this.instance(f.type, `${name}.${f.name}`, `.${f.name}`));
        return { kind: 'entity', id };
      }
      case 'array': {
        const length = this.evaluate(type.length, noLocals);
        if (length < 0 || length > elementLimit)
          throw new RunError(`${name} would have ${length} elements: 0 to ${elementLimit} are possible`);
        const elements: Cell[] = [];
        const id = this.entities.push({ name, elements }) - 1;
        for (let i = 0; i < length; i++) elements.push(this.instance(type.of, `${name}[${i}]`, `${field}[]`));
        return { kind: 'entity', id };
      }
    }
  }

  /** Name of an object, for messages. */
  nameOf(id: number): string {
    return this.entities[id]?.name ?? String(id);
  }

  /** Elements of an array, as references. */
  elementsOf(id: number): readonly number[] {
    const entity = this.entities[id];
    if (!entity || !('elements' in entity)) throw new RunError('this is no array');
    return entity.elements.map((cell) => (cell.kind === 'entity' ? cell.id : 0));
  }

  /** Where a name, field or element is. `read` gives values of variables where a condition is looked at as a whole. */
  cell(place: Expression, locals: Locals, read?: Reader): Cell {
    switch (place.kind) {
      case 'global':
        return this.globals.get(place.name) ?? fail(`${place.name} is not an object`);
      case 'field': {
        const entity = this.entities[this.evaluate(place.of, locals, read)];
        if (!entity || !('fields' in entity)) return fail(`null pointer: .${place.field} of no object`);
        return entity.fields.get(place.field) ?? fail(`${entity.name} has no field ${place.field}`);
      }
      case 'element': {
        const entity = this.entities[this.evaluate(place.of, locals, read)];
        if (!entity || !('elements' in entity)) return fail('this is no array');
        const index = this.evaluate(place.index, locals, read);
        return entity.elements[index] ?? fail(`${entity.name}[${index}] is outside the array`);
      }
      default:
        return fail('this is no place in memory');
    }
  }

  evaluate(expression: Expression, locals: Locals, read?: Reader, unfinished?: (object: number) => number): number {
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'local':
        return locals.get(expression.name) ?? 0;
      case 'length': {
        const entity = this.entities[this.evaluate(expression.of, locals, read)];
        return entity && 'elements' in entity ? entity.elements.length : fail('this is no array');
      }
      case 'operation':
        return this.operation(expression.operator, expression.operands, locals, read, unfinished);
      case 'global':
        return this.constants.get(expression.name) ?? this.valueAt(expression, locals, read);
      case 'field':
      case 'element':
        return this.valueAt(expression, locals, read);
    }
  }

  private valueAt(place: Expression, locals: Locals, read?: Reader): number {
    const cell = this.cell(place, locals, read);
    if (cell.kind === 'entity') return cell.id;
    if (cell.kind === 'lock') return fail('a lock is no value');
    return read ? read(cell.index) : fail(`${this.variables[cell.index]!.name} is read outside a step`);
  }

  private operation(
    operator: string,
    operands: readonly Expression[],
    locals: Locals,
    read: Reader | undefined,
    unfinished: ((object: number) => number) | undefined,
  ): number {
    const value = (i: number): number => this.evaluate(operands[i]!, locals, read, unfinished);
    const a = value(0);
    switch (operator) {
      case '&&':
        return a !== 0 && value(1) !== 0 ? 1 : 0;
      case '||':
        return a !== 0 || value(1) !== 0 ? 1 : 0;
      case '?':
        return value(a !== 0 ? 1 : 2);
      case '!':
        return a === 0 ? 1 : 0;
      case '~':
        return ~a;
      case 'unfinished':
        return unfinished ? unfinished(a) : fail('unfinished(…) is asked at the end only');
      default:
        return binary(operator, a, value(1));
    }
  }
}

/** Value of a variable, where a condition is looked at as a whole. */
export type Reader = (variable: number) => number;

const entityLimit = 10_000;
const cellLimit = 100_000;
const elementLimit = 1_000;
const noLocals: Locals = new Map([[oldValue, 0]]);

function fail(message: string): never {
  throw new RunError(message);
}

/** How far an int may be shifted: further means nothing in C. */
function distance(bits: number): number {
  return bits >= 0 && bits < 32 ? bits : fail(`an int of 32 bits has no bit ${bits}`);
}

/** 32-bit integers, as C's int. */
function binary(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return (a + b) | 0;
    case '-':
      return (a - b) | 0;
    case '*':
      return Math.imul(a, b);
    case '/':
      return b === 0 ? fail('division by zero') : Math.trunc(a / b) | 0;
    case '%':
      return b === 0 ? fail('division by zero') : (a % b) | 0;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return a << distance(b);
    case '>>':
      return a >> distance(b);
    case '==':
      return a === b ? 1 : 0;
    case '!=':
      return a !== b ? 1 : 0;
    case '<':
      return a < b ? 1 : 0;
    case '<=':
      return a <= b ? 1 : 0;
    case '>':
      return a > b ? 1 : 0;
    case '>=':
      return a >= b ? 1 : 0;
    default:
      return fail(`operator ${operator}`);
  }
}
