/* The threads of a connection: callers that send, the send thread, the receive thread, a flush-and-stop, a stop,
 * and a peer that reads, speaks and may close. The model of src/shell/{connection,send,receive}.c.
 *
 * What the model is about is the lock, the conditions, the semaphore, the role of the writer, and the end: who wakes
 * whom, and what may be lost between. A message is one packet here; the order of channels, bytes and time are the
 * core's and are proved elsewhere. Waits have no time-outs, so a wake-up that was lost is a wait without end.
 *
 * Checked when nothing can move any more (process Watch), and by assertions on the way:
 *   W  nobody sleeps while there is something for him to do (lost wake-up), and nobody waits for ever (deadlock)
 *   D  what was accepted is with the peer, if the connection was left alone or flush-and-stop said so
 *   E  on_error at most once, never for an end that was asked for, and only with the socket shut
 *   M  what is queued, filled, drained and posted never exceeds its bounds, and there is one writer
 *
 * Each BREAK_* takes one line away that a property hangs on; `run` shows that each is noticed. The labels in
 * comments, [S1] and so on, are the rows of README.md, which name the place in the shell.
 *
 * With REPLAY, the model is asked whether it admits one run of the shell: each STEP is handed over to the process
 * Trace, which `replay` makes of a recorded run and which takes the steps of that run in their order, and no others.
 * What the world does is then what the run says it did: the socket takes, refuses or breaks as it likes, conditions
 * wake without cause, and time passes. */

#ifndef CALLERS
#define CALLERS 2
#endif
#ifndef EACH
#define EACH 2      /* messages of each caller */
#endif
#ifndef QUEUE
#define QUEUE 1     /* messages that wait in the channel's queue */
#endif
#ifndef FILL
#define FILL 1      /* messages that fit the send buffer */
#endif
#define KERNEL 1    /* messages that fit the socket */
#ifndef PINGS
#define PINGS 1     /* times that bytes come from the peer, each with a ping or without */
#endif

/* FLUSHER, STOPPER: how many such calls there are; CLOSER: 1 if the peer may close */
#ifndef FLUSHER
#define FLUSHER 0
#endif
#ifndef STOPPER
#define STOPPER 0
#endif
#ifndef CLOSER
#define CLOSER 0
#endif

mtype = { NEW, RUNNING, DRAINING, LINGERING, ENDING };

#ifdef REPLAY
mtype = { W1, W2, Q1, Q2, Q3, Q4, Q5, S1, S2, S3, S4, S5, S6, E1, E2, E3, E4, F1, F2, R0, R1, R3, T1, T2 };
chan step = [0] of { mtype, byte, byte }; /* label, process, detail */
#define STEP(label, detail) step!label,_pid,detail;
#define WORLD(condition) true
#define CALLS_ARE_OVER trace_over
#else
#define STEP(label, detail)
#define WORLD(condition) (condition)
#define CALLS_ARE_OVER (n == EACH)
#endif
bit trace_over; /* the whole of the recorded run was taken */

/* behind the lock */
bit held;
mtype life = RUNNING;
byte waiting;                /* in the queue */
bit under_way;               /* a message is being cut */
byte filled, drained;        /* messages in the buffer that is filled, and in the one that is written */
byte whose;                  /* caller whose message is under way, 0 if it was queued */
bit writing, send_waits, write_failed, pong_owed, room_made, peer_done;
bit pong_filled, pong_drained; /* a pong is in the one buffer, in the other */
byte senders_waiting;
#ifdef REPLAY
bit decaying;
#else
bit decaying = 1;            /* it never rests: its wake-up would hide that another is missing */
#endif
bit turn = 1;                /* not behind the lock */

byte work;                   /* the send thread's semaphore */
/* conditions: who sleeps on which */
bit on_space[CALLERS], on_ended;

/* the world outside */
byte kernel;                 /* messages in the socket */
bit shut, shut_write;        /* the socket is shut down; only its sending side is */
bit peer_closed;
byte ping_comes;

/* what happened */
byte accepted, received, errors, finished;
bit asked, flushed_ok, send_over, receive_over;
byte flushes_over, stops_over;

inline lock() { atomic { held == 0 -> held = 1 } }
inline unlock() { held = 0 }
inline wait_ended() {
  atomic { on_ended = 1; held = 0 };
  atomic { WORLD(on_ended == 0) && held == 0 -> on_ended = 0; held = 1 }
}
inline wait_space(me) {
  atomic { on_space[me] = 1; held = 0 };
  atomic { WORLD(on_space[me] == 0) && held == 0 -> on_space[me] = 0; held = 1 }
}

inline broadcast_space() {
  d_step {
    j = 0;
    do
    :: j < CALLERS -> on_space[j] = 0; j++
    :: else -> break
    od
  }
}

inline wake_sender() { /* [W1] */
  atomic {
    if
    :: send_waits ->
       STEP(W1, 0)
#ifndef BREAK_POST
       send_waits = 0;
#endif
       work++;
       assert(WORLD(work <= 1)) /* M one post a rest */
    :: else
    fi
  }
}

inline tell_room() { /* [W2] */
  atomic {
#ifdef BREAK_ROOM
    skip;
#else
    if
    :: room_made && senders_waiting > 0 -> STEP(W2, 0) broadcast_space()
    :: else
    fi;
#endif
    room_made = 0
  }
}

#define FILLED (filled > 0 || pong_filled)
#define DRAINED (drained == 0 && !pong_drained)
#define IS_DRAINED (under_way == 0 && !FILLED && DRAINED && !writing)
#define IS_RUNNING (life != NEW && life != ENDING)
#define THREADS_ARE_OVER \
  (finished == CALLERS && send_over && receive_over && flushes_over == FLUSHER && stops_over == STOPPER)

inline end_it() { /* [E1] shell_end */
  if
  :: IS_RUNNING ->
     STEP(E1, 0)
     life = ENDING;
     shut = 1;
     wake_sender();
#ifndef BREAK_SPACE
     broadcast_space();
#endif
     on_ended = 0
  :: else
  fi
}

inline fail(is_eof) { /* [E2] shell_fail */
  lock();
  STEP(E2, is_eof)
#ifdef BREAK_ERROR
  unasked = (life == RUNNING || life == ENDING);
#else
  unasked = (life == RUNNING);
#endif
  if
  :: life == DRAINING && is_eof -> peer_done = 1
  :: else -> end_it()
  fi;
  unlock();
  if
  :: unasked ->
     STEP(E4, 0)
     errors++;
     assert(errors <= 1 && shut && !asked) /* E */
  :: else
  fi
}

/* The message under way goes to the buffer, and the next of the queue follows. */
inline cut() { /* [S1] */
  atomic {
    if
    :: under_way && !decaying -> STEP(T2, 0) decaying = 1; wake_sender() /* [T2] */
    :: else
    fi;
    do
    :: under_way && filled < FILL ->
       STEP(S1, waiting)
       filled++;
       under_way = 0;
       whose = 0;
       if
       :: waiting > 0 ->
          waiting--;
          under_way = 1;
          room_made = 1;
          if
          :: waiting <= QUEUE / 2 -> tell_room()
          :: else
          fi
       :: else
       fi
    :: else -> break
    od
  }
}

/* What a send does: breaks, refuses, or takes some of the messages and perhaps the pong. A part of a message counts
 * when its rest is taken. err: 0, 1 again, 2 failed. */
inline socket_takes() {
  atomic {
    took = 0;
    took_pong = 0;
    if
    :: WORLD(shut || peer_closed) -> err = 2
    :: !shut && WORLD(!peer_closed && kernel > 0) -> err = 1
    :: !shut && WORLD(!peer_closed && kernel < KERNEL) ->
       err = 0;
       do
       :: took < drained && WORLD(kernel < KERNEL) ->
          took++;
#ifndef REPLAY
          kernel++
#endif
       :: break
       od;
       if
       :: pong_drained -> took_pong = 1
       :: true
       fi
    fi
  }
}

/* One write, without the lock but in the writer's role. */
inline write_once() { /* [S2] */
  atomic {
    if
    :: DRAINED -> drained = filled; pong_drained = pong_filled; filled = 0; pong_filled = 0
    :: else
    fi;
    STEP(S2, 0)
    assert(!writing); /* M one writer */
    writing = 1;
    unlock()
  };
  socket_takes();
  lock();
  atomic {
    writing = 0;
    drained = drained - took;
    pong_drained = pong_drained && !took_pong;
    took = 0;
    took_pong = 0;
    STEP(S2, (err == 0 -> (DRAINED -> 1 : 2) : err + 2))
    if
    :: life == DRAINING && IS_DRAINED -> on_ended = 0
    :: else
    fi
  }
}

inline caller_writes() { /* [S3] */
  STEP(S3, 0)
  write_once();
  if
  :: err == 2 -> write_failed = 1
  :: else
  fi;
  if
  :: !DRAINED -> wake_sender()
  :: else
  fi
}

inline caller_flushes() { /* [Q3] */
  if
  :: writing || !DRAINED /* the writer comes back to it */
  :: else ->
     mine = (FILLED && turn);
     if
     :: mine -> STEP(Q3, 0) turn = 0; caller_writes()
     :: else
     fi;
     if
#ifndef BREAK_WAKE
     :: FILLED || under_way -> wake_sender()
#endif
     :: else
     fi
  fi
}

inline put_pong() { /* [S4] */
  atomic {
    if
    :: pong_owed && !pong_filled -> STEP(S4, 0) pong_filled = 1
    :: else
    fi;
    pong_owed = 0
  }
}

proctype Caller(byte me)
{
  byte n, j, err, took;
  bit mine, took_pong, no_room;
  do
  :: CALLS_ARE_OVER -> break
  :: !CALLS_ARE_OVER ->
     lock();
     do /* [Q1] await_room */
     :: life == RUNNING && waiting == QUEUE ->
        STEP(Q1, 0)
        senders_waiting++;
        wait_space(me);
        senders_waiting--
#ifdef REPLAY
     :: life == RUNNING && waiting == QUEUE -> STEP(Q5, 1) no_room = 1; break /* its time passed, or it does not wait */
#endif
     :: else -> break
     od;
     if
     :: no_room -> no_room = 0
     :: !no_room && life != RUNNING -> STEP(Q5, 0) skip /* [Q5] refused */
     :: else ->
        accepted++;
        if
        :: !under_way -> /* [Q2] straight into the buffer */
           STEP(Q2, 0)
           under_way = 1;
           whose = _pid;
           cut();
           do
           :: under_way && whose == _pid && !writing && DRAINED ->
              caller_writes();
              if
              :: DRAINED && under_way && whose == _pid -> cut()
              :: else -> break
              fi
           :: else -> break
           od;
           caller_flushes()
        :: else -> /* [Q4] enqueue */
           waiting++;
           STEP(Q4, waiting)
           assert(waiting <= QUEUE); /* M */
           if
           :: writing || !DRAINED
           :: else -> wake_sender()
           fi
        fi
     fi;
     tell_room();
     unlock();
     n++
  od;
  finished++
}

/* The send thread sleeps until it is woken. A post that comes as the time passes is found by the next rest. */
inline rest() { /* [S6] */
  STEP(S6, 0)
  send_waits = 1;
  unlock();
  if
  :: work > 0 -> work--; lock(); STEP(S6, 1) send_waits = 0
#ifdef REPLAY
  :: lock(); STEP(S6, 2) send_waits = 0
#endif
  fi
}

proctype SendThread()
{
  byte j, err, took;
  bit unasked, failed, took_pong;
  lock();
  do
  :: !IS_RUNNING || failed -> break
  :: IS_RUNNING && !failed && life == LINGERING -> rest()
  :: IS_RUNNING && !failed && life != LINGERING && write_failed -> failed = 1
  :: IS_RUNNING && !failed && life != LINGERING && !write_failed ->
     cut();
     put_pong();
#ifdef REPLAY
     if
     :: decaying -> STEP(T1, 0) decaying = 0 /* [T1] */
     :: true
     fi;
#endif
     if
     :: !writing && (FILLED || !DRAINED) ->
        write_once();
        if
        :: err == 2 -> failed = 1
        :: err == 1 -> /* [S5] await_socket: in the writer's role, without the lock */
           tell_room();
           STEP(S5, 0)
           writing = 1;
           unlock();
           WORLD(kernel < KERNEL || shut || peer_closed);
           lock();
           STEP(S5, 1)
           writing = 0
        :: else
        fi
     :: else -> /* nothing to do */
        tell_room();
        rest()
     fi
  od;
  unlock();
  if
  :: failed -> fail(0)
  :: else
  fi;
  send_over = 1
}

inline ping() { /* [R1] shell_pongs_arrived */
  lock();
  STEP(R1, 0)
  pong_owed = 1;
  if
  :: life == RUNNING || life == DRAINING ->
     if
     :: !writing -> put_pong()
     :: else /* who writes may share it with pings to come */
     fi;
#ifndef BREAK_PONG_FLUSH
     caller_flushes();
#endif
     if
#ifndef BREAK_PONG
     :: pong_owed -> wake_sender()
#endif
     :: else
     fi
  :: else
  fi;
  unlock()
}

proctype ReceiveThread()
{
  byte j, err, took;
  bit unasked, mine, took_pong, pinged, eof;
  do
  :: WORLD(ping_comes > 0 && !pinged) -> /* [R0] bytes */
#ifndef REPLAY
     ping_comes--;
#endif
     STEP(R0, 0)
     turn = 1;
     if
     :: pinged = 1
     :: true
     fi
  :: WORLD(pinged) -> pinged = 0; ping()
#ifdef REPLAY
  :: STEP(R3, 0) lock(); wake_sender(); unlock() /* [R3] the ping clock goes back to the send thread */
#endif
  :: (shut || WORLD(peer_closed && ping_comes == 0)) && !pinged -> /* [R2] the stream ended, or broke */
     if
     :: eof = 1
     :: eof = 0
     fi;
     fail(eof);
     break
  :: shut && !pinged -> break
  od;
  receive_over = 1
}

proctype Peer()
{
  byte p;
  do
  :: kernel > 0 -> atomic { kernel--; received++ }
  :: p < PINGS && !peer_closed && !shut -> atomic { ping_comes++; p++ }
#if CLOSER
  :: !peer_closed && !shut -> peer_closed = 1
#endif
  :: shut_write && kernel == 0 && !peer_closed -> peer_closed = 1
  :: shut -> break
  od;
  do /* what the socket still holds is read */
  :: kernel > 0 -> atomic { kernel--; received++ }
  :: else -> break
  od
}

inline stop() { /* [E3] */
  lock();
  STEP(E3, 0)
  if
  :: IS_RUNNING -> asked = 1
  :: else
  fi;
  end_it();
  unlock()
}

#if FLUSHER
proctype Flusher()
{
  byte j;
  bit ok, late;
  lock();
  if
  :: life != RUNNING -> STEP(F1, 0) unlock()
  :: else -> /* [F1] drain */
     STEP(F1, 1)
     asked = 1;
     life = DRAINING;
     broadcast_space();
     wake_sender();
     do
#ifdef BREAK_FLUSH
     :: life == DRAINING && !(under_way == 0 && !FILLED) -> wait_ended()
#else
     :: life == DRAINING && !IS_DRAINED -> STEP(F1, 2) wait_ended()
#endif
#ifdef REPLAY
     :: life == DRAINING && !IS_DRAINED -> STEP(F1, 3) late = 1; break /* its time passed */
#endif
     :: else -> break
     od;
     ok = (life == DRAINING && !late);
     if
     :: ok -> STEP(F2, 0) life = LINGERING; shut_write = 1 /* [F2] linger */
     :: else
     fi;
     unlock();
     if
     :: ok || late -> stop(); flushed_ok = ok /* in between: until the peer closes, or for a while */
     :: else
     fi
  fi;
  flushes_over++
}
#endif

proctype Stopper()
{
  byte j;
  stop();
  stops_over++
}

/* Runs when nothing else can: what is asleep now sleeps for ever. */
proctype Watch()
{
  byte j;
  timeout ->
  assert(held == 0);
  if
  :: IS_RUNNING -> /* left alone */
     assert(finished == CALLERS);                                             /* W */
     assert(under_way == 0 && waiting == 0 && !FILLED && DRAINED && !pong_owed); /* W */
     assert(accepted == received);                                            /* D */
     assert(errors == 0);                                                     /* E */
     lock();
     end_it();
     unlock();
     timeout
  :: else
  fi;
  assert(THREADS_ARE_OVER);                                                   /* W */
  if
  :: flushed_ok && !CLOSER -> assert(received == accepted)                    /* D */
  :: else
  fi;
#if !CLOSER
  assert(errors == 0);                                                        /* E */
#endif
  assert(received <= accepted)
}

#ifdef REPLAY
#include "trace.pml" /* proctype Trace */
#endif

/* A process's number is its place here, by which `replay` names it: callers from 1 on, the send thread, the receive
 * thread, flush-and-stops, stops. */
init {
  byte k;
  atomic {
    for (k : 1 .. CALLERS) { run Caller(k - 1) }
    run SendThread();
    run ReceiveThread();
#if FLUSHER
    for (k : 1 .. FLUSHER) { run Flusher() }
#endif
#if STOPPER
    for (k : 1 .. STOPPER) { run Stopper() }
#endif
#ifdef REPLAY
    run Trace()
#else
    run Peer();
    run Watch()
#endif
  }
}
