// Package peer is what the interop programs have in common: the streams they decode, the traffic they
// exchange and the way they report it.
//
// The upstream packages cannot be imported side by side, because their dependencies clash, so each
// generation has a module of its own that fills in an Upstream and calls Main. Nothing in this package
// imports upstream code, and nothing in it decides whether a packet is acceptable: a peer that judged
// with our own idea of the protocol would agree with us for the wrong reason.
package peer

import (
	"io"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// Kinds of packet, as both programs print them.
const (
	Ping = "ping"
	Pong = "pong"
	Msg  = "msg"
)

// Packet is one packet as upstream's reader understood it.
type Packet struct {
	Type    string
	Channel int64
	EOF     bool
	Data    []byte
}

// Channel is what upstream's channel descriptor needs to know.
type Channel struct {
	ID       byte
	Priority int
}

// Config is what upstream's connection needs to know. Rate limits are always out of the way.
type Config struct {
	Channels []Channel
	Queue    int
	Payload  int
	Flush    time.Duration
	Ping     time.Duration
	Pong     time.Duration
}

// UnlimitedRate is larger than any rate a test reaches; 0 would mean "no limit" but skips upstream's
// accounting, which is part of what is tested and measured.
const UnlimitedRate = int64(1) << 40

// Connection is the part of upstream's MConnection that the tests use.
type Connection interface {
	Start() error
	Stop() error
	FlushStop()
	Send(channel byte, message []byte) bool
}

// Reader returns the next packet, io.EOF or io.ErrUnexpectedEOF when the stream ends, or upstream's
// reason to refuse.
type Reader func() (Packet, error)

// Upstream is one generation of the real implementation.
type Upstream struct {
	Module  string // module path, whose version the program reports
	Dialect string // "proto" or "amino"
	Connect func(conn net.Conn, c Config, log *Log, onReceive func(byte, []byte), onError func(any)) Connection
	Reader  func(r io.Reader, max int) Reader
	MaxSize func(payload int) int // largest packet upstream accepts at this payload setting

	NodeInfo      func(r io.Reader) (NodeInfo, error) // the part of upstream's handshake that reads
	OwnNodeInfo   func(id string, channels []byte) NodeInfo
	EmptyNodeInfo []byte // a node info without anything, prefix included

	Address   func(text string) (Address, error)
	IDAddress func(id, text string) string // id and listen address as one text, as upstream's node info joins them
	Routable  func(ip net.IP) bool
}

// Version is the version of the upstream module that was linked, as the build recorded it.
func (u Upstream) Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == u.Module {
			return m.Version
		}
	}
	return "unknown"
}

// Log counts upstream's log lines by their text. Upstream keeps no count of pings and pongs, but says
// in its log when it sends or receives one.
type Log struct {
	mu     sync.Mutex
	counts map[string]int
	errors []string
}

// NewLog returns a log without lines.
func NewLog() *Log { return &Log{counts: map[string]int{}} }

// Add counts one line.
func (l *Log) Add(text string) {
	l.mu.Lock()
	l.counts[text]++
	l.mu.Unlock()
}

// Count says how often a line was logged.
func (l *Log) Count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[text]
}
