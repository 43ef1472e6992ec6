/*
 * The locks of RISC-V KVM around the start, stop and reset of vCPUs, in three versions. N vCPUs call KVM_RUN K times each;
 * other threads of the same virtual machine join once each, as asked for.
 *
 *   -DVERSION=BEFORE    HART_START holds kvm->lock, inside vcpu->mutex and the read side of kvm->srcu
 *   -DVERSION=PATCHED   HART_START, HART_STOP and SYSTEM_RESET hold the mp_state_lock of the vCPU that they change
 *   -DVERSION=FOLLOWUP  ... and the reset context has a lock of its own, reset_cntx_lock
 *   -DN=2..4  -DK=1..   vCPUs, and calls of KVM_RUN by each
 *   -DWITH_AIA=1        kvm->lock, slots_lock, then a grace period of kvm->srcu
 *   -DWITH_IMSIC=1      kvm->lock, then the mutex of any vCPU
 *   -DWITH_CREATE=1     kvm->lock, then the mutex of a vCPU that nobody else can reach yet
 *   -DWITH_MPS=1        userspace stops any vCPU, under its mutex
 *   -DTORN=1            a reset must copy what a single HART_START wrote
 *
 *   spin -a -DVERSION=PATCHED -DWITH_AIA=1 vcpu.pml && gcc -O2 -DSAFETY -o pan pan.c
 *   ./pan -A            deadlocks only
 *   ./pan -E            torn copies only (with -DTORN=1)
 *
 * Every access to what threads share, and every lock operation, is one step; it is atomic only where it says so. Deadlock is an
 * invalid end state. Nobody waits for ever without one: a stopped vCPU sleeps until it is started or a signal comes, and a
 * signal may always come. Written by hand from a reading of Linux 6.1 and 6.12; no code is taken from there.
 */

#define BEFORE   0
#define PATCHED  1
#define FOLLOWUP 2

#ifndef VERSION
#define VERSION FOLLOWUP
#endif
#ifndef N
#define N 2
#endif
#ifndef K
#define K 1
#endif

#if N < 2 || N > 4
#error "N is 2, 3 or 4: any_vcpu and any_other list them"
#endif

/* ---- Locks: a bit each, set while somebody holds it. ---- */

bit kvm_lock;
bit slots_lock;
bit vcpu_mutex[N + 1];      /* the last one belongs to the vCPU being created */
bit mp_state_lock[N];
bit reset_cntx_lock[N];

inline acquire(it) { d_step { !it -> it = 1 } }
inline release(it) { it = 0 }

/* ---- kvm->srcu: a grace period waits for those who were reading when it began, and for nobody who comes later. ---- */

byte readers;               /* bit i: vCPU i is in a read-side section */
byte awaited;               /* bit i: the grace period still waits for vCPU i */

inline srcu_read_lock()   { readers = readers | (1 << me) }
inline srcu_read_unlock() { d_step { readers = readers & ~(1 << me); awaited = awaited & ~(1 << me) } }
inline synchronize_srcu() { awaited = readers; awaited == 0 }

/* ---- What vCPUs know of each other. ---- */

bit stopped[N];
bit sleep_request[N];
bit reset_request[N];

/* The reset context: each field holds the stamp of the HART_START that wrote it last. */
byte sepc[N], a0[N], a1[N];

/* Of this starter and this round, and never 0. Where nobody compares stamps, all are alike: the same steps, fewer states. */
#if TORN
#define STAMP (1 + me * K + round)
#else
#define STAMP 0
#endif

/* ---- Choices: all are tried. ---- */

inline any_vcpu(which) {
  if
  :: which = 0
  :: which = 1
#if N > 2
  :: which = 2
#endif
#if N > 3
  :: which = 3
#endif
  fi
}

inline any_other(which) {
  if
  :: me != 0 -> which = 0
  :: me != 1 -> which = 1
#if N > 2
  :: me != 2 -> which = 2
#endif
#if N > 3
  :: me != 3 -> which = 3
#endif
  fi
}

/* ---- The calls that a guest makes. ---- */

inline hart_start(target) {
#if VERSION == BEFORE
  acquire(kvm_lock);
#else
  acquire(mp_state_lock[target]);
#endif
  if
  :: stopped[target] ->
#if VERSION == FOLLOWUP
    acquire(reset_cntx_lock[target]);
#endif
    sepc[target] = STAMP;
    a0[target] = STAMP;
    a1[target] = STAMP;
#if VERSION == FOLLOWUP
    release(reset_cntx_lock[target]);
#endif
    reset_request[target] = 1;
    stopped[target] = 0
  :: else
  fi;
#if VERSION == BEFORE
  release(kvm_lock)
#else
  release(mp_state_lock[target])
#endif
}

inline hart_stop() {
#if VERSION != BEFORE
  acquire(mp_state_lock[me]);
#endif
  if
  :: !stopped[me] ->
    stopped[me] = 1;
    sleep_request[me] = 1
  :: else
  fi;
#if VERSION != BEFORE
  release(mp_state_lock[me])
#endif
}

/* First all are stopped, one after the other, then all are asked to sleep. */
inline system_reset(each) {
  for (each : 0 .. N - 1) {
#if VERSION != BEFORE
    acquire(mp_state_lock[each]);
#endif
    stopped[each] = 1;
#if VERSION != BEFORE
    release(mp_state_lock[each])
#endif
  }
  for (each : 0 .. N - 1) {
    sleep_request[each] = 1
  }
}

/* ---- What a vCPU does before it enters the guest. ---- */

/* A stopped vCPU sleeps outside the read-side section. A signal wakes it too, and it will sleep the next time. */
inline obey_sleep_request() {
  if
  :: sleep_request[me] ->
    sleep_request[me] = 0;
    srcu_read_unlock();
    if
    :: !stopped[me]
    :: signal = 1
    fi;
    srcu_read_lock();
    if
    :: stopped[me] -> sleep_request[me] = 1
    :: else
    fi
  :: else
  fi
}

inline obey_reset_request() {
  if
  :: reset_request[me] ->
    reset_request[me] = 0;
#if VERSION == FOLLOWUP
    acquire(reset_cntx_lock[me]);
#endif
    my_sepc = sepc[me];
    my_a0 = a0[me];
    my_a1 = a1[me];
#if VERSION == FOLLOWUP
    release(reset_cntx_lock[me]);
#endif
#if TORN
    assert(my_sepc == my_a0 && my_a0 == my_a1);
#endif
    my_sepc = 0; my_a0 = 0; my_a1 = 0
  :: else
  fi
}

/* ---- The threads. ---- */

proctype vcpu(byte me) {
  byte round, other;
  byte my_sepc, my_a0, my_a1;
  bit signal;

  do
  :: round < K ->
    acquire(vcpu_mutex[me]);
    srcu_read_lock();
again:
    obey_sleep_request();
    obey_reset_request();
    if
    :: signal -> goto leave
    :: else
    fi;
    srcu_read_unlock();
    if
    :: sleep_request[me] || reset_request[me] ->
      srcu_read_lock();
      goto again
    :: else
    fi;
    /* Here the guest runs. It comes out with one call, or with none. */
    srcu_read_lock();
    if
    :: any_other(other); hart_start(other)
    :: hart_stop()
    :: system_reset(other)
    :: skip
    fi;
leave:
    signal = 0; other = 0;
    srcu_read_unlock();
    release(vcpu_mutex[me]);
    round++
  :: else -> break
  od
}

/* The set-up of the interrupt controller registers a device: kvm_io_bus_register_dev waits for a grace period. */
proctype aia() {
  acquire(kvm_lock);
  acquire(slots_lock);
  synchronize_srcu();
  release(slots_lock);
  release(kvm_lock)
}

/* Userspace reads or sets an attribute of a vCPU's interrupt file. */
proctype imsic() {
  byte target;

  acquire(kvm_lock);
  any_vcpu(target);
  acquire(vcpu_mutex[target]);
  release(vcpu_mutex[target]);
  target = 0;
  release(kvm_lock)
}

/* Teaches lockdep the order, with a mutex that is free by construction. */
proctype create() {
  acquire(kvm_lock);
  acquire(vcpu_mutex[N]);
  release(vcpu_mutex[N]);
  release(kvm_lock)
}

/* KVM_SET_MP_STATE with STOPPED. */
proctype mps() {
  byte target;

  any_vcpu(target);
  acquire(vcpu_mutex[target]);
#if VERSION != BEFORE
  acquire(mp_state_lock[target]);
#endif
  stopped[target] = 1;
  sleep_request[target] = 1;
#if VERSION != BEFORE
  release(mp_state_lock[target]);
#endif
  release(vcpu_mutex[target]);
  target = 0
}

/* vCPU 0 boots the guest, the others wait for HART_START. */
init {
  byte i;

  atomic {
    for (i : 1 .. N - 1) {
      stopped[i] = 1;
      sleep_request[i] = 1
    }
    for (i : 0 .. N - 1) {
      run vcpu(i)
    }
    i = 0;
#if WITH_AIA
    run aia();
#endif
#if WITH_IMSIC
    run imsic();
#endif
#if WITH_CREATE
    run create();
#endif
#if WITH_MPS
    run mps();
#endif
    skip
  }
}
