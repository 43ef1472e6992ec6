// The lock of CPU hotplug is a global that the model declares.
//
// STATES: 9
// TRANSITIONS: 12
// RUNS: 6
// HOLDS
//
// Two readers, as rwlock-readers.

// The functions find it by its name.
export const cpu_hotplug_lock = object<rw_semaphore>();

function a(): void {
  cpus_read_lock();
  cpus_read_unlock();
}

function b(): void {
  cpus_read_lock();
  cpus_read_unlock();
}

scenario('only', 'A and B', () => {
  thread('A', a);
  thread('B', b);
});

export {};
