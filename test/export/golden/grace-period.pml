/* a grace period
 *
 * spin -a FILE && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000
 *
 * A lock is 0 while it is free. Of a rwlock or rwsem, 1 stands for each reader, 64 for each writer that waits, 4096 for
 * the writer. A set of threads has a bit for each, 1 for the first. To be at a label that begins with end is no deadlock.
 */

bit var_q_x; /* q.x */
bit var_q_y; /* q.y */
byte readers_q_srcu; /* threads in a read side of q.srcu */
byte awaited_q_srcu_by_writer; /* readers of q.srcu that writer waits for */

/* reader 0 */
active proctype thread_reader_0() {
P0: /* reader: enter a read side of q.srcu: srcu_read_lock(q.srcu) */
  readers_q_srcu = readers_q_srcu | 1; goto P1;
P1: /* reader: read q.x: READ_ONCE(q.x) [holds q.srcu] */
  if
  :: var_q_x == 0; goto P2
  :: var_q_x == 1; goto P5
  fi;
P2: /* reader: read q.y: READ_ONCE(q.y) [holds q.srcu] */
  if
  :: var_q_y == 0; goto P3
  :: var_q_y == 1; goto P6
  fi;
P3: /* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu] */
  if
  :: d_step { readers_q_srcu = readers_q_srcu & ~1; awaited_q_srcu_by_writer = awaited_q_srcu_by_writer & ~1 }; goto end_4
  fi;
end_4: /* has ended */
  false;
P5: /* reader: read q.y: READ_ONCE(q.y) [holds q.srcu] */
  if
  :: var_q_y == 0; goto P7
  :: var_q_y == 1; goto P8
  fi;
P6: /* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu] */
  if
  :: d_step { readers_q_srcu = readers_q_srcu & ~1; awaited_q_srcu_by_writer = awaited_q_srcu_by_writer & ~1 }; goto end_4
  fi;
P7: /* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu] */
  if
  :: d_step { readers_q_srcu = readers_q_srcu & ~1; awaited_q_srcu_by_writer = awaited_q_srcu_by_writer & ~1 }; goto end_4
  fi;
P8: /* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu] */
  if
  :: d_step { readers_q_srcu = readers_q_srcu & ~1; awaited_q_srcu_by_writer = awaited_q_srcu_by_writer & ~1 }; goto P9
  fi;
P9: /* reader: broken claim: assert(!v || !u, 'both') */
  assert(false); false /* both */;
}

/* reader 1 */
active proctype thread_reader_1() {
P0: /* reader: enter a read side of q.srcu: srcu_read_lock(q.srcu) */
  readers_q_srcu = readers_q_srcu | 2; goto P1;
P1: /* reader: read q.x: READ_ONCE(q.x) [holds q.srcu] */
  if
  :: var_q_x == 0; goto P2
  :: var_q_x == 1; goto P5
  fi;
P2: /* reader: read q.y: READ_ONCE(q.y) [holds q.srcu] */
  if
  :: var_q_y == 0; goto P3
  :: var_q_y == 1; goto P6
  fi;
P3: /* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu] */
  if
  :: d_step { readers_q_srcu = readers_q_srcu & ~2; awaited_q_srcu_by_writer = awaited_q_srcu_by_writer & ~2 }; goto end_4
  fi;
end_4: /* has ended */
  false;
P5: /* reader: read q.y: READ_ONCE(q.y) [holds q.srcu] */
  if
  :: var_q_y == 0; goto P7
  :: var_q_y == 1; goto P8
  fi;
P6: /* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu] */
  if
  :: d_step { readers_q_srcu = readers_q_srcu & ~2; awaited_q_srcu_by_writer = awaited_q_srcu_by_writer & ~2 }; goto end_4
  fi;
P7: /* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu] */
  if
  :: d_step { readers_q_srcu = readers_q_srcu & ~2; awaited_q_srcu_by_writer = awaited_q_srcu_by_writer & ~2 }; goto end_4
  fi;
P8: /* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu] */
  if
  :: d_step { readers_q_srcu = readers_q_srcu & ~2; awaited_q_srcu_by_writer = awaited_q_srcu_by_writer & ~2 }; goto P9
  fi;
P9: /* reader: broken claim: assert(!v || !u, 'both') */
  assert(false); false /* both */;
}

/* writer */
active proctype thread_writer() {
P0: /* writer: write q.x: WRITE_ONCE(q.x, 1) */
  var_q_x = 1; goto P1;
P1: /* writer: write q.x: WRITE_ONCE(q.x, 0) */
  var_q_x = 0; goto P2;
P2: /* writer: see who reads q.srcu: synchronize_srcu(q.srcu) */
  awaited_q_srcu_by_writer = readers_q_srcu; goto P3;
P3: /* writer: wait for readers of q.srcu: synchronize_srcu(q.srcu) */
  awaited_q_srcu_by_writer == 0; goto P4;
P4: /* writer: write q.y: WRITE_ONCE(q.y, 1) */
  var_q_y = 1; goto end_5;
end_5: /* has ended */
  false;
}
