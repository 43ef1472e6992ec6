---- MODULE grace_period ----
\* java -cp tla2tools.jar tlc2.TLC grace_period
\*
\* A lock is 0 while it is free. Of a rwlock or rwsem, 1 stands for each reader, 64 for each writer that waits, 4096 for the writer.

EXTENDS Integers

VARIABLES
  pc, \* where each thread is
  mem \* what they share

vars == <<pc, mem>>

Threads == 1..3
\* 1: reader 0
\* 2: reader 1
\* 3: writer

TypeOK ==
  mem \in [
    var_q_x : {0, 1}, \* q.x
    var_q_y : {0, 1}, \* q.y
    readers_q_srcu : SUBSET Threads, \* threads in a read side of q.srcu
    awaited_q_srcu_by_writer : SUBSET Threads \* readers of q.srcu that writer waits for
  ]

Init ==
  /\ \E p1 \in {"0 reader"},
       p2 \in {"0 reader"},
       p3 \in {"0 writer"} :
       pc = <<p1, p2, p3>>
  /\ mem = [var_q_x |-> 0,
            var_q_y |-> 0,
            readers_q_srcu |-> {},
            awaited_q_srcu_by_writer |-> {}]

\* reader 0

\* reader: enter a read side of q.srcu: srcu_read_lock(q.srcu)
step_0_thread_reader_0 ==
  /\ pc[1] = "0 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \union {1}]
  /\ pc' = [pc EXCEPT ![1] = "1 reader"]

\* reader: read q.x: READ_ONCE(q.x) [holds q.srcu]
step_1_thread_reader_0 ==
  /\ pc[1] = "1 reader"
  /\ \/ /\ mem.var_q_x = 0
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![1] = "2 reader"]
     \/ /\ mem.var_q_x = 1
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![1] = "5 reader"]

\* reader: read q.y: READ_ONCE(q.y) [holds q.srcu]
step_2_thread_reader_0 ==
  /\ pc[1] = "2 reader"
  /\ \/ /\ mem.var_q_y = 0
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![1] = "3 reader"]
     \/ /\ mem.var_q_y = 1
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![1] = "6 reader"]

\* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu]
step_3_thread_reader_0 ==
  /\ pc[1] = "3 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \ {1}, !.awaited_q_srcu_by_writer = @ \ {1}]
  /\ pc' = [pc EXCEPT ![1] = "4"]

\* reader: read q.y: READ_ONCE(q.y) [holds q.srcu]
step_5_thread_reader_0 ==
  /\ pc[1] = "5 reader"
  /\ \/ /\ mem.var_q_y = 0
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![1] = "7 reader"]
     \/ /\ mem.var_q_y = 1
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![1] = "8 reader"]

\* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu]
step_6_thread_reader_0 ==
  /\ pc[1] = "6 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \ {1}, !.awaited_q_srcu_by_writer = @ \ {1}]
  /\ pc' = [pc EXCEPT ![1] = "4"]

\* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu]
step_7_thread_reader_0 ==
  /\ pc[1] = "7 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \ {1}, !.awaited_q_srcu_by_writer = @ \ {1}]
  /\ pc' = [pc EXCEPT ![1] = "4"]

\* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu]
step_8_thread_reader_0 ==
  /\ pc[1] = "8 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \ {1}, !.awaited_q_srcu_by_writer = @ \ {1}]
  /\ pc' = [pc EXCEPT ![1] = "9 reader"]

thread_reader_0 ==
  \/ step_0_thread_reader_0
  \/ step_1_thread_reader_0
  \/ step_2_thread_reader_0
  \/ step_3_thread_reader_0
  \/ step_5_thread_reader_0
  \/ step_6_thread_reader_0
  \/ step_7_thread_reader_0
  \/ step_8_thread_reader_0

rests_thread_reader_0 == pc[1] \in {"4"}
ended_thread_reader_0 == pc[1] \in {"4"}

\* reader 1

\* reader: enter a read side of q.srcu: srcu_read_lock(q.srcu)
step_0_thread_reader_1 ==
  /\ pc[2] = "0 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \union {2}]
  /\ pc' = [pc EXCEPT ![2] = "1 reader"]

\* reader: read q.x: READ_ONCE(q.x) [holds q.srcu]
step_1_thread_reader_1 ==
  /\ pc[2] = "1 reader"
  /\ \/ /\ mem.var_q_x = 0
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![2] = "2 reader"]
     \/ /\ mem.var_q_x = 1
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![2] = "5 reader"]

\* reader: read q.y: READ_ONCE(q.y) [holds q.srcu]
step_2_thread_reader_1 ==
  /\ pc[2] = "2 reader"
  /\ \/ /\ mem.var_q_y = 0
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![2] = "3 reader"]
     \/ /\ mem.var_q_y = 1
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![2] = "6 reader"]

\* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu]
step_3_thread_reader_1 ==
  /\ pc[2] = "3 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \ {2}, !.awaited_q_srcu_by_writer = @ \ {2}]
  /\ pc' = [pc EXCEPT ![2] = "4"]

\* reader: read q.y: READ_ONCE(q.y) [holds q.srcu]
step_5_thread_reader_1 ==
  /\ pc[2] = "5 reader"
  /\ \/ /\ mem.var_q_y = 0
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![2] = "7 reader"]
     \/ /\ mem.var_q_y = 1
        /\ mem' = mem
        /\ pc' = [pc EXCEPT ![2] = "8 reader"]

\* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu]
step_6_thread_reader_1 ==
  /\ pc[2] = "6 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \ {2}, !.awaited_q_srcu_by_writer = @ \ {2}]
  /\ pc' = [pc EXCEPT ![2] = "4"]

\* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu]
step_7_thread_reader_1 ==
  /\ pc[2] = "7 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \ {2}, !.awaited_q_srcu_by_writer = @ \ {2}]
  /\ pc' = [pc EXCEPT ![2] = "4"]

\* reader: leave the read side of q.srcu: srcu_read_unlock(q.srcu) [holds q.srcu]
step_8_thread_reader_1 ==
  /\ pc[2] = "8 reader"
  /\ mem' = [mem EXCEPT !.readers_q_srcu = @ \ {2}, !.awaited_q_srcu_by_writer = @ \ {2}]
  /\ pc' = [pc EXCEPT ![2] = "9 reader"]

thread_reader_1 ==
  \/ step_0_thread_reader_1
  \/ step_1_thread_reader_1
  \/ step_2_thread_reader_1
  \/ step_3_thread_reader_1
  \/ step_5_thread_reader_1
  \/ step_6_thread_reader_1
  \/ step_7_thread_reader_1
  \/ step_8_thread_reader_1

rests_thread_reader_1 == pc[2] \in {"4"}
ended_thread_reader_1 == pc[2] \in {"4"}

\* writer

\* writer: write q.x: WRITE_ONCE(q.x, 1)
step_0_thread_writer ==
  /\ pc[3] = "0 writer"
  /\ mem' = [mem EXCEPT !.var_q_x = 1]
  /\ pc' = [pc EXCEPT ![3] = "1 writer"]

\* writer: write q.x: WRITE_ONCE(q.x, 0)
step_1_thread_writer ==
  /\ pc[3] = "1 writer"
  /\ mem' = [mem EXCEPT !.var_q_x = 0]
  /\ pc' = [pc EXCEPT ![3] = "2 writer"]

\* writer: see who reads q.srcu: synchronize_srcu(q.srcu)
step_2_thread_writer ==
  /\ pc[3] = "2 writer"
  /\ mem' = [mem EXCEPT !.awaited_q_srcu_by_writer = mem.readers_q_srcu]
  /\ pc' = [pc EXCEPT ![3] = "3 writer"]

\* writer: wait for readers of q.srcu: synchronize_srcu(q.srcu)
step_3_thread_writer ==
  /\ pc[3] = "3 writer"
  /\ mem.awaited_q_srcu_by_writer = {}
  /\ mem' = mem
  /\ pc' = [pc EXCEPT ![3] = "4 writer"]

\* writer: write q.y: WRITE_ONCE(q.y, 1)
step_4_thread_writer ==
  /\ pc[3] = "4 writer"
  /\ mem' = [mem EXCEPT !.var_q_y = 1]
  /\ pc' = [pc EXCEPT ![3] = "5"]

thread_writer ==
  \/ step_0_thread_writer
  \/ step_1_thread_writer
  \/ step_2_thread_writer
  \/ step_3_thread_writer
  \/ step_4_thread_writer

rests_thread_writer == pc[3] \in {"5"}
ended_thread_writer == pc[3] \in {"5"}

Step ==
  \/ thread_reader_0
  \/ thread_reader_1
  \/ thread_writer

\* Every thread has ended or is idle.
AtRest ==
  /\ rests_thread_reader_0
  /\ rests_thread_reader_1
  /\ rests_thread_writer

Next == Step \/ (AtRest /\ UNCHANGED vars)

Spec == Init /\ [][Next]_vars

NothingWrong ==
  /\ pc[1] # "9 reader" \* both
  /\ pc[2] # "9 reader" \* both

====
