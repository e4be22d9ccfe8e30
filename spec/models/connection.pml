/* The threads of a connection: callers that send, the send thread, the receive thread, a flush-and-stop, a stop,
 * and a peer that reads, pings and may close. The model of src/shell/{connection,send,receive}.c.
 *
 * What the model is about is the lock, the three conditions, the role of the writer, and the end: who wakes whom,
 * and what may be lost between. A message is one packet here; the order of channels, bytes and time are the core's
 * and are proved elsewhere. Waits have no time-outs, so a wake-up that was lost is a wait without end.
 *
 * Checked when nothing can move any more (process watch), and by assertions on the way:
 *   W  nobody sleeps while there is something for him to do (lost wake-up), and nobody waits for ever (deadlock)
 *   D  what was accepted is with the peer, if the connection was left alone or flush-and-stop said so
 *   E  on_error at most once, never for an end that was asked for, and only with the socket shut
 *   M  what is queued, filled and drained never exceeds its bounds
 *
 * Each BREAK_* takes one line away that a property hangs on; run.py shows that each is noticed. The labels in
 * comments, [S1] and so on, are the rows of README.md, which name the place in the shell. */

#ifndef CALLERS
#define CALLERS 2
#endif
#ifndef EACH
#define EACH 2      /* messages of each caller */
#endif
#define QUEUE 1     /* messages that wait in the channel's queue */
#define FILL 1      /* messages that fit the send buffer */
#define KERNEL 1    /* messages that fit the socket */
#ifndef PINGS
#define PINGS 1
#endif

/* FLUSHER, STOPPER, CLOSER: 1 if that process takes part */
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

/* behind the lock */
bit held;
mtype life = RUNNING;
byte waiting;                /* in the queue */
bit under_way;               /* a message is being cut */
byte filled, drained;        /* messages in the buffer that is filled, and in the one that is written */
bit writing, send_waits, write_failed, pong_owed, room_made, peer_done;
bit pong_filled, pong_drained; /* a pong is in the one buffer, in the other */
byte senders_waiting;
bit turn = 1;

/* conditions: who sleeps on which */
bit on_work, on_space[CALLERS], on_ended;

/* the world outside */
byte kernel;                 /* messages in the socket */
bit shut, shut_write;        /* the socket is shut down; only its sending side is */
bit peer_closed;
byte ping_comes;

/* what happened */
byte accepted, received, errors, finished;
bit asked, flushed_ok, send_over, receive_over, flush_over;

inline lock() { atomic { held == 0 -> held = 1 } }
inline unlock() { held = 0 }
inline wait_work() { atomic { on_work = 1; held = 0 }; atomic { on_work == 0 && held == 0 -> held = 1 } }
inline wait_ended() { atomic { on_ended = 1; held = 0 }; atomic { on_ended == 0 && held == 0 -> held = 1 } }
inline wait_space(me) { atomic { on_space[me] = 1; held = 0 }; atomic { on_space[me] == 0 && held == 0 -> held = 1 } }

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
  if
  :: send_waits -> send_waits = 0; on_work = 0
  :: else
  fi
}

inline tell_room() { /* [W2] */
#ifdef BREAK_ROOM
  skip;
#else
  if
  :: room_made && senders_waiting > 0 -> broadcast_space()
  :: else
  fi;
#endif
  room_made = 0
}

#define FILLED (filled > 0 || pong_filled)
#define DRAINED (drained == 0 && !pong_drained)
#define IS_DRAINED (under_way == 0 && !FILLED && DRAINED && !writing)
#define IS_RUNNING (life != NEW && life != ENDING)

inline end_it(why_asked) { /* [E1] shell_end */
  if
  :: IS_RUNNING ->
     life = ENDING;
     shut = 1;
     on_work = 0;
#ifndef BREAK_SPACE
     broadcast_space();
#endif
     on_ended = 0
  :: else
  fi
}

inline fail(is_eof) { /* [E2] shell_fail */
  lock();
#ifdef BREAK_ERROR
  unasked = (life == RUNNING || life == ENDING);
#else
  unasked = (life == RUNNING);
#endif
  if
  :: life == DRAINING && is_eof -> peer_done = 1
  :: else -> end_it(0)
  fi;
  unlock();
  if
  :: unasked -> errors++; assert(errors <= 1 && shut && !asked) /* E */
  :: else
  fi
}

/* The message under way goes to the buffer, and the next of the queue follows. */
inline cut() { /* [S1] */
  do
  :: under_way && filled < FILL ->
     filled++;
     under_way = 0;
     if
     :: waiting > 0 -> waiting--; under_way = 1; room_made = 1; tell_room()
     :: else
     fi
  :: else -> break
  od
}

/* One write, without the lock but in the writer's role. err: 0, 1 again, 2 failed. */
inline write_once() { /* [S2] */
  if
  :: DRAINED -> drained = filled; pong_drained = pong_filled; filled = 0; pong_filled = 0
  :: else
  fi;
  assert(!writing); /* one writer */
  writing = 1;
  unlock();
  atomic {
    if
    :: shut || peer_closed -> err = 2
    :: else -> if
      :: kernel == KERNEL -> err = 1
      :: kernel < KERNEL -> err = 0; if :: drained > 0 -> kernel++ :: else fi
      fi
    fi
  };
  lock();
  writing = 0;
  if
  :: err == 0 && drained > 0 -> drained--
  :: err == 0 && drained == 0 -> pong_drained = 0
  :: else
  fi;
  if
  :: life == DRAINING && IS_DRAINED -> on_ended = 0
  :: else
  fi
}

inline caller_writes() { /* [S3] */
  write_once();
  if
  :: err == 2 -> write_failed = 1
  :: else
  fi;
  if
  :: !DRAINED || err == 2 -> wake_sender()
  :: else
  fi
}

proctype Caller(byte me)
{
  byte n, j, err;
  bit mine;
  do
  :: n == EACH -> break
  :: n < EACH ->
     lock();
     do /* [Q1] await_room */
     :: life == RUNNING && waiting == QUEUE ->
        senders_waiting++;
        wait_space(me);
        senders_waiting--
     :: else -> break
     od;
     if
     :: life != RUNNING -> unlock(); break /* refused */
     :: else
     fi;
     accepted++;
     if
     :: !under_way -> /* [Q2] straight into the buffer */
        under_way = 1;
        cut();
        do
        :: under_way && !writing && DRAINED -> caller_writes(); if :: DRAINED -> cut() :: else -> break fi
        :: else -> break
        od;
        if /* [Q3] caller_flushes */
        :: writing || !DRAINED
        :: else ->
           mine = (FILLED && turn);
           if
           :: mine -> turn = 0; caller_writes()
           :: else
           fi;
           if
#ifndef BREAK_WAKE
           :: FILLED || under_way -> wake_sender()
#endif
           :: else
           fi
        fi
     :: else -> /* [Q4] enqueue */
        waiting++;
        assert(waiting <= QUEUE); /* M */
        if
        :: writing || !DRAINED
        :: else -> wake_sender()
        fi
     fi;
     tell_room();
     unlock();
     n++
  od;
  finished++
}

proctype SendThread()
{
  byte j, err;
  bit unasked, now;
  lock();
  do
  :: !IS_RUNNING -> break
  :: IS_RUNNING && life == LINGERING -> wait_work()
  :: IS_RUNNING && life != LINGERING ->
     if
     :: write_failed -> break
     :: else
     fi;
     cut();
     if /* [S4] a pong that is owed */
     :: pong_owed && !pong_filled -> pong_filled = 1; pong_owed = 0
     :: else -> pong_owed = 0
     fi;
     now = FILLED;
     if
     :: !writing && (now || !DRAINED) ->
        write_once();
        if
        :: err == 2 -> write_failed = 1
        :: err == 1 -> /* [S5] await_socket: in the writer's role, without the lock */
           tell_room();
           writing = 1;
           unlock();
           (kernel < KERNEL || shut || peer_closed);
           lock();
           writing = 0
        :: else
        fi
     :: else -> /* [S6] nothing to do */
        tell_room();
        send_waits = 1;
        wait_work();
        send_waits = 0
     fi
  od;
  unlock();
  if
  :: write_failed -> fail(0)
  :: else
  fi;
  send_over = 1
}

proctype ReceiveThread()
{
  byte j;
  bit unasked;
  do
  :: shut -> break
  :: !shut && ping_comes > 0 -> /* [R1] a ping */
     ping_comes--;
     lock();
     turn = 1;
     pong_owed = 1;
#ifndef BREAK_PONG
     wake_sender();
#endif
     unlock()
  :: !shut && ping_comes == 0 && peer_closed -> fail(1); break /* [R2] end of the stream */
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

#if FLUSHER
proctype Flusher()
{
  byte j;
  bit ok, more;
  lock();
  if
  :: life != RUNNING -> unlock()
  :: else ->
     asked = 1;
     life = DRAINING; /* [F1] */
     broadcast_space();
     wake_sender();
     do
#ifdef BREAK_FLUSH
     :: life == DRAINING && !(under_way == 0 && !FILLED) -> wait_ended()
#else
     :: life == DRAINING && !IS_DRAINED -> wait_ended()
#endif
     :: else -> break
     od;
     ok = (life == DRAINING);
     if
     :: ok -> /* [F2] linger: until the peer closes, or for a while */
        life = LINGERING;
        shut_write = 1;
        more = 1;
        do
        :: life == LINGERING && !peer_done && more -> unlock(); if :: peer_closed :: more = 0 fi; lock(); if :: peer_closed -> more = 0 :: else fi
        :: else -> break
        od
     :: else
     fi;
     end_it(1);
     unlock();
     if
     :: ok -> flushed_ok = 1
     :: else
     fi
  fi;
  flush_over = 1
}
#endif

#if STOPPER
proctype Stopper()
{
  byte j;
  lock();
  if
  :: IS_RUNNING -> asked = 1
  :: else
  fi;
  end_it(1); /* [E3] */
  unlock()
}
#endif

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
     end_it(1);
     unlock();
     timeout
  :: else
  fi;
  assert(finished == CALLERS && send_over && receive_over);                   /* W */
#if FLUSHER
  assert(flush_over);                                                         /* W */
  if
  :: flushed_ok && !CLOSER -> assert(received == accepted)                    /* D */
  :: else
  fi;
#endif
#if !CLOSER
  assert(errors == 0);                                                        /* E */
#endif
  assert(received <= accepted)
}

init {
  byte k;
  atomic {
    k = 0;
    do
    :: k < CALLERS -> run Caller(k); k++
    :: else -> break
    od;
    run SendThread();
    run ReceiveThread();
    run Peer();
#if FLUSHER
    run Flusher();
#endif
#if STOPPER
    run Stopper();
#endif
    run Watch()
  }
}
