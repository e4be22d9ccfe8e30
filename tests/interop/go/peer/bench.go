package peer

import (
	"errors"
	"flag"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// cpu is the processor time of this process so far, in seconds, user and system.
func cpu() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	s := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return s(r.Utime) + s(r.Stime)
}

type measure struct {
	options
	size  int
	span  time.Duration
	pong  bool
	bytes atomic.Int64
	count atomic.Int64
	first atomic.Int64 // nanoseconds since begin of the first message
	last  atomic.Int64
	begin time.Time
	ended chan any
	back  chan struct{}
	trips []time.Duration // round trips, of the dialling side
}

// percentile of the round trips, in microseconds; they are sorted.
func (m *measure) percentile(p int) float64 {
	return float64(m.trips[len(m.trips)*p/100].Nanoseconds()) / 1e3
}

// bench measures upstream's connection between two processes: the dialling side sends for a while, the
// listening side counts. With --latency each message is returned and the round trips are counted.
func bench(u Upstream, args []string) error {
	m := &measure{begin: time.Now(), ended: make(chan any, 1), back: make(chan struct{}, 1)}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	m.flags(f)
	f.IntVar(&m.size, "size", 65536, "message size, `BYTES`")
	f.DurationVar(&m.span, "time", 3*time.Second, "how long to send")
	f.BoolVar(&m.pong, "latency", false, "one message at a time, returned by the other side")
	if err := f.Parse(args); err != nil {
		return err
	}
	m.config.Ping, m.config.Pong = time.Minute, 45*time.Second
	m.config.Channels = []Channel{{ID: 1, Priority: 1}}
	c, err := m.open()
	if err != nil {
		return err
	}
	var conn Connection
	conn = u.Connect(c, m.config, NewLog(), func(_ byte, message []byte) {
		now := int64(time.Since(m.begin))
		m.first.CompareAndSwap(0, now)
		m.last.Store(now)
		m.bytes.Add(int64(len(message)))
		m.count.Add(1)
		if m.pong && m.listen != "" {
			conn.Send(1, append([]byte(nil), message...))
		} else if m.pong {
			m.back <- struct{}{}
		}
	}, func(r any) { m.ended <- r })
	start := cpu()
	if err := conn.Start(); err != nil {
		return err
	}
	if m.dial != "" {
		err = m.send(conn)
	} else {
		<-m.ended
	}
	if err != nil {
		return err
	}
	seconds := float64(m.last.Load()-m.first.Load()) / 1e9
	result := map[string]any{"event": "bench", "version": u.Version(), "size": m.size, "bytes": m.bytes.Load(),
		"messages": m.count.Load(), "seconds": seconds, "cpu_seconds": cpu() - start}
	if len(m.trips) > 0 {
		slices.Sort(m.trips)
		result["rtt_p50_us"], result["rtt_p99_us"] = m.percentile(50), m.percentile(99)
	}
	event(result)
	return nil
}

func (m *measure) send(conn Connection) error {
	message := make([]byte, m.size)
	for now, end := time.Now(), time.Now().Add(m.span); now.Before(end); now = time.Now() {
		if !conn.Send(1, message) {
			return errors.New("upstream did not queue a message")
		}
		if m.pong {
			<-m.back
			m.trips = append(m.trips, time.Since(now))
		}
	}
	conn.FlushStop()
	return nil
}
