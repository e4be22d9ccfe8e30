package peer

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What run does: every boundary size alone on every channel, then random messages on all channels at
// once, each checked by its digest when it comes back, then steady load for a while where asked for, then
// pings both ways, then the close. Upstream loses an empty message that is sent while another channel has
// something to send, so empty messages travel alone.

type options struct {
	dial, listen string
	channels     string
	config       Config
	seed         uint64
	bulk         int
	largest      int
	load         time.Duration
	pings        int
	closer       string
	patience     time.Duration
	node         bool
}

func (o *options) flags(f *flag.FlagSet) {
	f.StringVar(&o.dial, "dial", "", "connect to `HOST:PORT`")
	f.StringVar(&o.listen, "listen", "", "accept one connection on `HOST:PORT`; port 0 takes a free one and prints it")
	f.StringVar(&o.channels, "channels", "0x01:1", "channels, `ID:PRIORITY,...`")
	f.IntVar(&o.config.Payload, "payload", 1024, "largest payload of a packet, `BYTES`")
	f.IntVar(&o.config.Queue, "queue", 16, "send queue of a channel, `MESSAGES`")
	f.DurationVar(&o.config.Flush, "flush", time.Millisecond, "flush throttle")
	f.DurationVar(&o.config.Ping, "ping", time.Second, "ping interval")
	f.DurationVar(&o.config.Pong, "pong", 900*time.Millisecond, "pong time-out")
}

func parseChannels(text string) ([]Channel, error) {
	var out []Channel
	for _, x := range strings.Split(text, ",") {
		id, priority, _ := strings.Cut(x, ":")
		i, err := strconv.ParseUint(id, 0, 8)
		if err != nil {
			return nil, fmt.Errorf("channel %q: %w", x, err)
		}
		p, err := strconv.Atoi(priority)
		if err != nil || p < 1 {
			return nil, fmt.Errorf("channel %q: priority must be a positive number", x)
		}
		out = append(out, Channel{byte(i), p})
	}
	return out, nil
}

func event(fields map[string]any) {
	b, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(b))
}

// open connects as the options say.
func (o *options) open() (net.Conn, error) {
	if (o.dial == "") == (o.listen == "") {
		return nil, errors.New("one of --dial and --listen is needed")
	}
	if o.dial != "" {
		return net.DialTimeout("tcp", o.dial, 10*time.Second)
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	event(map[string]any{"event": "listening", "address": l.Addr().String()})
	if err := l.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return nil, err
	}
	return l.Accept()
}

type digest [sha256.Size]byte

// lane is one channel: what was sent on it and has not come back.
type lane struct {
	id  byte
	rng *rand.ChaCha8
	mu  sync.Mutex
	due []digest
	in  chan struct{} // one token for each message that came back
}

type exchange struct {
	options
	conn  Connection
	log   *Log
	lanes []*lane
	byID  [256]*lane
	fail  chan error // first reason to stop
	ended chan any   // upstream's error callback

	mu              sync.Mutex
	messages, bytes int
}

func (x *exchange) failed(err error) {
	select {
	case x.fail <- err:
	default:
	}
}

// receive checks one returned message; it runs on upstream's receive thread, which owns the bytes.
func (x *exchange) receive(channel byte, message []byte) {
	l := x.byID[channel]
	if l == nil {
		x.failed(fmt.Errorf("message on channel %#x, which nobody used", channel))
		return
	}
	got := digest(sha256.Sum256(message))
	l.mu.Lock()
	var want digest
	some := len(l.due) > 0
	if some {
		want, l.due = l.due[0], l.due[1:]
	}
	l.mu.Unlock()
	if !some || got != want {
		x.failed(fmt.Errorf("channel %#x: a message of %d bytes came back that is not the next one sent",
			channel, len(message)))
		return
	}
	x.mu.Lock()
	x.messages++
	x.bytes += len(message)
	x.mu.Unlock()
	l.in <- struct{}{}
}

// send puts a message of n random bytes on a lane. Upstream keeps the slice until it is on the wire.
func (x *exchange) send(l *lane, n int) error {
	message := make([]byte, n)
	if _, err := l.rng.Read(message); err != nil {
		return err
	}
	l.mu.Lock()
	l.due = append(l.due, sha256.Sum256(message))
	l.mu.Unlock()
	if !x.conn.Send(l.id, message) {
		return fmt.Errorf("channel %#x: upstream did not queue a message of %d bytes", l.id, n)
	}
	return nil
}

// await waits for n messages to come back on a lane.
func (x *exchange) await(l *lane, n int) error {
	for range n {
		select {
		case <-l.in:
		case err := <-x.fail:
			return err
		case r := <-x.ended:
			return fmt.Errorf("upstream ended the connection: %v", r)
		case <-time.After(x.patience):
			return fmt.Errorf("channel %#x: nothing came back for %v", l.id, x.patience)
		}
	}
	return nil
}

func (x *exchange) boundaries() error {
	n := x.config.Payload
	for i, l := range x.lanes {
		sizes := []int{0, 1, n - 1, n, n + 1, 2*n - 1, 2 * n, 2*n + 1, 1 << 20}
		if i == 0 || i == len(x.lanes)-1 {
			sizes = append(sizes, 22020096, 0)
		}
		for _, size := range sizes {
			if size > x.largest {
				continue
			}
			if err := x.send(l, size); err != nil {
				return err
			}
			if err := x.await(l, 1); err != nil {
				return fmt.Errorf("%d bytes: %w", size, err)
			}
		}
	}
	return nil
}

// length of a random message: all scales, and the boundaries more often than chance would have them.
func length(r *rand.Rand, payload int) int {
	if r.IntN(3) == 0 {
		return max(1, payload*(1+r.IntN(3))-1+r.IntN(3))
	}
	return 1 + r.IntN(1<<r.IntN(17))
}

func (x *exchange) interleave() error {
	errs := make(chan error, 2*len(x.lanes))
	for _, l := range x.lanes {
		go func() {
			r := rand.New(rand.NewPCG(x.seed, uint64(l.id)))
			for range x.bulk {
				if err := x.send(l, length(r, x.config.Payload)); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
		go func() { errs <- x.await(l, x.bulk) }()
	}
	for range 2 * len(x.lanes) {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

// steady keeps every channel busy for a while. What is under way stays below a few hundred KiB: pongs
// travel behind it, and upstream's pong time-out does not care what they wait for.
func (x *exchange) steady() error {
	const underWay, largest = 4, 16384
	until := time.Now().Add(x.load)
	errs := make(chan error, len(x.lanes))
	for _, l := range x.lanes {
		go func() {
			r := rand.New(rand.NewPCG(x.seed, 1000+uint64(l.id)))
			n := 0
			for time.Now().Before(until) {
				if err := x.send(l, 1+r.IntN(largest)); err != nil {
					errs <- err
					return
				}
				if n++; n < underWay {
					continue
				}
				if err := x.await(l, 1); err != nil {
					errs <- err
					return
				}
				n--
			}
			errs <- x.await(l, n)
		}()
	}
	for range x.lanes {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

// Upstream's log lines for the four control packets it handles.
var controls = []string{"Send Ping", "Receive Pong", "Receive Ping", "Send Pong"}

// pingBothWays keeps the connection alive until enough pings were answered in both directions, with a
// message now and then so that they meet traffic.
func (x *exchange) pingBothWays() error {
	for until := time.Now().Add(x.patience); ; {
		least := x.pings
		for _, c := range controls {
			least = min(least, x.log.Count(c))
		}
		if least >= x.pings {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("after %v too few pings or pongs: %v", x.patience, x.log.counts)
		}
		l := x.lanes[0]
		if err := x.send(l, 100); err != nil {
			return err
		}
		if err := x.await(l, 1); err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// flood leaves traffic under way in both directions, for a close in the middle of it.
func (x *exchange) flood() error {
	for i := range 20 * len(x.lanes) {
		if err := x.send(x.lanes[i%len(x.lanes)], 50000); err != nil {
			return err
		}
	}
	return nil
}

// untilTorn floods until the other side closes in the middle of it; what the close looks like then is up
// to the system, and what is left unsent is upstream's loss.
func (x *exchange) untilTorn() error {
	go func() {
		for x.flood() == nil {
		}
	}()
	select {
	case <-x.ended:
	case <-time.After(x.patience):
		return errors.New("the other side did not close")
	}
	for _, l := range x.lanes {
		l.mu.Lock()
		n := len(l.due)
		l.mu.Unlock()
		if n > 0 {
			return nil
		}
	}
	return errors.New("nothing was under way when the other side closed")
}

func (x *exchange) end() error {
	switch x.closer {
	case "self":
		return x.conn.Stop()
	case "flush":
		x.conn.FlushStop()
		return nil
	case "middle":
		if err := x.flood(); err != nil {
			return err
		}
		return x.conn.Stop()
	}
	event(map[string]any{"event": "close_me"})
	if x.closer == "torn" {
		return x.untilTorn()
	}
	select {
	case r := <-x.ended:
		if err, ok := r.(error); ok && err.Error() == "EOF" {
			return nil
		}
		return fmt.Errorf("the other side's close arrived as: %v", r)
	case <-time.After(x.patience):
		return errors.New("the other side did not close")
	}
}

func (x *exchange) all() error {
	if err := x.conn.Start(); err != nil {
		return err
	}
	for _, phase := range []func() error{x.boundaries, x.interleave, x.steady, x.pingBothWays, x.end} {
		if err := phase(); err != nil {
			return err
		}
	}
	select {
	case err := <-x.fail:
		return err
	default:
		return nil
	}
}

func (x *exchange) prepare(u Upstream) error {
	channels, err := parseChannels(x.channels)
	if err != nil {
		return err
	}
	if x.config.Payload < 2 {
		return errors.New("payload must be at least 2")
	}
	x.config.Channels = channels
	for i, c := range channels {
		var seed [32]byte
		copy(seed[:], fmt.Sprintf("%d %d", x.seed, c.ID))
		// Room for every message of the run, so that upstream's receive thread never waits for a check.
		l := &lane{id: c.ID, rng: rand.NewChaCha8(seed), in: make(chan struct{}, x.bulk+10000)}
		x.lanes = append(x.lanes, l)
		if x.byID[c.ID] != nil {
			return fmt.Errorf("channel %d: id %#x given twice", i, c.ID)
		}
		x.byID[c.ID] = l
	}
	c, err := x.open()
	if err != nil {
		return err
	}
	if x.node {
		if err := handshake(u, c, channels, x.patience); err != nil {
			return err
		}
	}
	x.conn = u.Connect(c, x.config, x.log, x.receive, func(r any) { x.ended <- r })
	return nil
}

func run(u Upstream, args []string) error {
	x := &exchange{log: NewLog(), fail: make(chan error, 1), ended: make(chan any, 1)}
	f := flag.NewFlagSet("run", flag.ContinueOnError)
	x.flags(f)
	f.Uint64Var(&x.seed, "seed", 1, "seed of all random sizes and bytes")
	f.IntVar(&x.bulk, "bulk", 200, "random messages on each channel")
	f.IntVar(&x.largest, "largest", 22020096, "largest message, `BYTES`")
	f.DurationVar(&x.load, "load", 0, "steady load on all channels, for so long")
	f.IntVar(&x.pings, "pings", 2, "least number of pings answered each way")
	f.StringVar(&x.closer, "close", "self", "who closes: self, flush (self, after a flush), "+
		"middle (self, with traffic under way), other or torn (other, with traffic under way)")
	f.BoolVar(&x.node, "node", false, "the other side is a node: node infos cross first, in the clear")
	f.DurationVar(&x.patience, "patience", 30*time.Second, "longest wait for one thing")
	if err := f.Parse(args); err != nil {
		return err
	}
	switch x.closer {
	case "self", "flush", "middle", "other", "torn":
	default:
		return fmt.Errorf("close %q is none of self, flush, middle, other and torn", x.closer)
	}
	if err := x.prepare(u); err != nil {
		return err
	}
	begin := time.Now()
	err := x.all()
	result := map[string]any{
		"event": "result", "ok": err == nil, "module": u.Module, "version": u.Version(), "dialect": u.Dialect,
		"channels": len(x.lanes), "messages": x.messages, "bytes": x.bytes, "seconds": time.Since(begin).Seconds(),
	}
	for _, c := range controls {
		result[strings.ReplaceAll(strings.ToLower(c), " ", "_")] = x.log.Count(c)
	}
	if err != nil {
		result["error"] = err.Error()
	}
	event(result)
	if err != nil {
		fmt.Fprintln(os.Stderr, "peer run:", err)
		return errFailed
	}
	return nil
}
