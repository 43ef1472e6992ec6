// Peterson's algorithm (G. L. Peterson, "Myths about the mutual exclusion problem", 1981): two threads keep each other out
// with reads and writes alone. It needs that the flag is raised before the turn is given away.

interface side {
  flag: int;
}

interface shared {
  turn: int;
  inside: int;
}

const sides = objects<side>(2);
const shared = object<shared>();

function critical_section(): void {
  assert(atomic_inc_return(shared.inside) === 1, 'nobody else is inside');
  atomic_dec(shared.inside);
}

function await_turn(me: int): void {
  while (READ_ONCE(sides[1 - me]!.flag) && READ_ONCE(shared.turn) !== me) cpu_relax();
}

function peterson(me: int): void {
  WRITE_ONCE(sides[me]!.flag, 1);
  WRITE_ONCE(shared.turn, 1 - me);
  await_turn(me);
  critical_section();
  WRITE_ONCE(sides[me]!.flag, 0);
}

function turn_first(me: int): void {
  WRITE_ONCE(shared.turn, 1 - me);
  WRITE_ONCE(sides[me]!.flag, 1);
  await_turn(me);
  critical_section();
  WRITE_ONCE(sides[me]!.flag, 0);
}

scenario('right', 'The flag first', () => {
  thread('A', peterson, 0);
  thread('B', peterson, 1);
});

scenario('broken', 'The turn first', () => {
  thread('A', turn_first, 0);
  thread('B', turn_first, 1);
});

export {};
