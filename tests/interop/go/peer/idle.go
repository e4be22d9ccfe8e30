package peer

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"
)

// settle is how long connections rest after their message; as long as the measurement of ours waits.
const settle = 66 * time.Second

// residentKiB is the resident set of this process.
func residentKiB() (float64, error) {
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var size, resident int
	_, err = fmt.Fscan(bufio.NewReader(f), &size, &resident)
	return float64(resident*os.Getpagesize()) / 1024, err
}

// endpoints opens n connections: dials them, or accepts them on an address that it prints.
func endpoints(dial, listen string, n int) ([]net.Conn, error) {
	var out []net.Conn
	var l net.Listener
	if listen != "" {
		var err error
		if l, err = net.Listen("tcp", listen); err != nil {
			return nil, err
		}
		defer l.Close()
		event(map[string]any{"event": "listening", "address": l.Addr().String()})
	}
	for range n {
		var c net.Conn
		var err error
		if l != nil {
			c, err = l.Accept()
		} else {
			c, err = net.Dial("tcp", dial)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// idle measures what upstream's connections cost that do nothing: many in one process, each after one message
// either way, over a window as long as the ping interval. What the garbage collector can give back, it has given
// back before the resident set is read.
func idle(u Upstream, args []string) error {
	f := flag.NewFlagSet("idle", flag.ContinueOnError)
	dial := f.String("dial", "", "connect to `HOST:PORT`")
	listen := f.String("listen", "", "accept on `HOST:PORT`")
	n := f.Int("connections", 1000, "how many")
	channels := f.Int("channels", 10, "channels of each")
	span := f.Duration("time", time.Minute, "how long processor time is measured")
	if err := f.Parse(args); err != nil {
		return err
	}
	if (*dial == "") == (*listen == "") {
		return errors.New("either --dial or --listen is needed")
	}
	cfg := Config{Queue: 1, Payload: 1024, Flush: 100 * time.Millisecond, Ping: time.Minute, Pong: 45 * time.Second}
	for k := range *channels {
		cfg.Channels = append(cfg.Channels, Channel{ID: byte(0x20 + k), Priority: 1})
	}
	sockets, err := endpoints(*dial, *listen, *n)
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	bare, err := residentKiB()
	if err != nil {
		return err
	}
	var received, failed atomic.Int64
	ends := make([]Connection, 0, *n)
	for _, s := range sockets {
		c := u.Connect(s, cfg, NewLog(), func(byte, []byte) { received.Add(1) }, func(any) { failed.Add(1) })
		if err := c.Start(); err != nil {
			return err
		}
		ends = append(ends, c)
	}
	message := make([]byte, 65536)
	for _, c := range ends {
		if !c.Send(0x20, message) {
			return errors.New("upstream did not queue a message")
		}
	}
	for received.Load() < int64(*n) && failed.Load() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(settle)
	debug.FreeOSMemory()
	resident, err := residentKiB()
	if err != nil {
		return err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var before, after syscall.Rusage
	start := cpu()
	syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	time.Sleep(*span)
	used := cpu() - start
	syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	each := float64(*n)
	event(map[string]any{"event": "idle", "version": u.Version(), "connections": *n, "channels": *channels,
		"seconds": span.Seconds(), "resident_kib": (resident - bare) / each, "heap_bytes": float64(m.HeapAlloc) / each,
		"stack_bytes": float64(m.StackInuse) / each, "goroutines": float64(runtime.NumGoroutine()) / each,
		"cpu_us_per_s":   used / span.Seconds() / each * 1e6,
		"switches_per_s": float64(after.Nvcsw-before.Nvcsw) / span.Seconds() / each, "failed": failed.Load()})
	runtime.KeepAlive(ends)
	return nil
}
