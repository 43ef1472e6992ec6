// Dining philosophers (E. W. Dijkstra, EWD 310): each takes the fork on one side and then the one on the other.
// All right-handed they may each end up with one fork; with one of them left-handed they cannot.

const PHILOSOPHERS = parameter('philosophers', 3);

interface fork {
  lock: mutex;
}

const forks = objects<fork>(PHILOSOPHERS);

function philosopher(first: fork, second: fork): void {
  mutex_lock(first.lock);
  mutex_lock(second.lock);
  mutex_unlock(second.lock);
  mutex_unlock(first.lock);
}

scenario('right-handed', 'All take the same side first', () => {
  for (let i = 0; i < PHILOSOPHERS; i++) thread('philosopher', philosopher, forks[i]!, forks[(i + 1) % PHILOSOPHERS]!);
});

scenario('left-handed', 'One takes the other side first', () => {
  for (let i = 1; i < PHILOSOPHERS; i++) thread('philosopher', philosopher, forks[i]!, forks[(i + 1) % PHILOSOPHERS]!);
  thread('left-handed', philosopher, forks[1 % PHILOSOPHERS]!, forks[0]!);
});

export {};
