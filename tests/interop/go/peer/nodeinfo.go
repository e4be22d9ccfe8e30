package peer

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"
)

// NodeInfo is a node info as upstream's handshake has it after reading, with upstream's own rules.
type NodeInfo interface {
	Encode() ([]byte, error) // length prefix included
	Validate() error
	CompatibleWith(other NodeInfo) error
	Numbers() [3]uint64
	Texts() [8]string // id, listen address, network, version, channels, moniker, tx index, rpc address
}

// Upstream's rules are told apart by its messages; it has no numbers for them. Anything else that Validate
// says is about the address, which it makes of id and listen address.
var rules = []struct{ text, name string }{
	{"info.Version", "version"}, {"info.Channels", "channels"}, {"info.Moniker", "moniker"},
	{"info.Other.TxIndex", "tx_index"}, {"info.Other.RPCAddress", "rpc_address"},
	{"different Block version", "block_version"}, {"different network", "network"}, {"no common channels", "no_channel"},
}

func rule(err error) string {
	if err == nil {
		return "ok"
	}
	for _, r := range rules {
		if strings.Contains(err.Error(), r.text) {
			return r.name
		}
	}
	return "address"
}

// hexText is a text in hex; "-" when it is empty.
func hexText(s string) string {
	if s == "" {
		return "-"
	}
	return hex.EncodeToString([]byte(s))
}

// describe is one line about a node info: end, its encoding by upstream, what the rules say of it, whether it goes
// together with the one before it, and its fields.
func describe(x, before NodeInfo, end int, amino bool) (string, error) {
	b, err := x.Encode()
	if err != nil {
		return "", err
	}
	encoded := hex.EncodeToString(b)
	_, prefix := binary.Uvarint(b)
	if amino {
		prefix = 0
	}
	if len(b)-prefix > 10240 {
		encoded = "too_big" // upstream writes it nevertheless, and refuses to read it
	}
	n := x.Numbers()
	line := fmt.Sprintf("whole %d %s %s %s %d %d %d", end, encoded, rule(x.Validate()), rule(before.CompatibleWith(x)),
		n[0], n[1], n[2])
	for _, s := range x.Texts() {
		line += " " + hexText(s)
	}
	return line, nil
}

// nodeInfo decodes hex lines from stdin with upstream's reader, one line each: whole, need_more or refused. Amino
// does not look at an overflow of the length prefix and takes the node info for an empty one; mconn refuses it
// (spec/divergences.md, D-80), so that case, and no other, is made a refusal here.
func nodeInfo(u Upstream, _ []string) error {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 0, 1<<16), 1<<26)
	w := bufio.NewWriter(os.Stdout)
	before, err := u.NodeInfo(bytes.NewReader(u.EmptyNodeInfo))
	if err != nil {
		return fmt.Errorf("the empty node info: %w", err)
	}
	amino := u.Dialect == "amino"
	for line := 1; in.Scan(); line++ {
		b, err := hex.DecodeString(in.Text())
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		h := &hungryReader{r: bytes.NewReader(b)}
		x, err := u.NodeInfo(h)
		switch end := len(b) - h.r.Len(); {
		case err != nil && h.hungry:
			fmt.Fprintln(w, "need_more")
		case err != nil:
			fmt.Fprintln(w, "refused")
		case amino && end == 10 && overflows(b) && x.Numbers() == [3]uint64{} && x.Texts() == [8]string{}:
			fmt.Fprintln(w, "refused")
		default:
			text, err := describe(x, before, end, amino)
			if err != nil {
				return fmt.Errorf("line %d: %w", line, err)
			}
			fmt.Fprintln(w, text)
			before = x
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return w.Flush()
}

func overflows(b []byte) bool {
	_, n := binary.Uvarint(b[:10])
	return n <= 0
}

// handshake is upstream's between two nodes, on a connection without encryption: both write, both read, and what was
// read must keep the rules and go together with one's own.
func handshake(u Upstream, c net.Conn, channels []Channel, patience time.Duration) error {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	var ids []byte
	for _, ch := range channels {
		ids = append(ids, ch.ID)
	}
	own := u.OwnNodeInfo(someID, ids)
	b, err := own.Encode()
	if err != nil {
		return fmt.Errorf("own node info: %w", err)
	}
	if _, err := c.Write(b); err != nil {
		return fmt.Errorf("own node info: %w", err)
	}
	other, err := u.NodeInfo(c)
	if err != nil {
		return fmt.Errorf("the other node info: %w", err)
	}
	if err := other.Validate(); err != nil {
		return fmt.Errorf("the other node info: %w", err)
	}
	if err := own.CompatibleWith(other); err != nil {
		return fmt.Errorf("the other node info: %w", err)
	}
	if got := other.Texts()[4]; got != string(ids) {
		return fmt.Errorf("the other node has the channels %x instead of %x", got, ids)
	}
	return c.SetDeadline(time.Time{})
}

// ---- the generator

// text is one of some, the first being one that keeps the rules.
func (g *generator) text(s ...string) []byte {
	if g.neat {
		return []byte(s[0])
	}
	if g.one(12) {
		return g.bytes(g.IntN(20))
	}
	return []byte(pick(g, s...))
}

const someID = "0123456789abcdef0123456789abcdef01234567"

func (g *generator) infoText(number uint64) []byte {
	switch number {
	case 2:
		return g.text(someID, someID, someID, strings.ToUpper(someID), someID[1:], "")
	case 3:
		return g.text("tcp://127.0.0.1:26656", "127.0.0.1:26656", "[::1]:1", "127.0.0.1", "0.0.0.0:65536", ":26656",
			"tcp://[2001:db8::1]:80", "127.0.0.1:", "::1:26656", "a@127.0.0.1:1", "tcp://127.0.0.1:2://3", "127.0.0.1:0001", "")
	case 4:
		return g.text("test", "test", "test", "Test", "test\x00", "")
	case 5:
		return g.text("0.34.24", "0.34.24", "  ", "\t", "\xc2\xa7", "a b", " ", "~\x7f", "")
	case 6:
		if !g.neat && g.one(4) {
			return g.bytes(pick(g, 0, 1, 2, 15, 16, 17))
		}
		return g.text("\x20\x21\x30", "\x20", "\x40\x20", "\x30\x30", "0123456789abcdef", "0123456789abcdefg", "")
	default:
		return g.text("n0", "n0", "hey its me", "  ", "\t", "caf\xe9", "")
	}
}

func (g *generator) infoField(number, wire uint64, value []byte) []byte {
	if g.one(80) {
		wire = g.Uint64N(8)
	}
	b := g.tag(number, wire)
	if wire == 2 {
		return append(b, g.sized(value)...)
	}
	return append(b, value...)
}

// rest is what may follow the known fields, or be anywhere in proto.
func (g *generator) rest(last uint64) [][]byte {
	var f [][]byte
	for g.one(6) {
		number := pick(g, g.unknownNumber(), 9, 10, last)
		if g.amino && !g.one(5) {
			last += 1 + g.Uint64N(9)
			number = last
		}
		f = append(f, g.unknown(number, 0))
	}
	return f
}

func (g *generator) part(number uint64) []byte {
	var f [][]byte
	last := uint64(3)
	if number == 8 {
		last = 2
	}
	for k := uint64(1); k <= last; k++ {
		if g.one(3) {
			continue
		}
		if number == 1 {
			f = append(f, g.infoField(k, 0, g.varint(pick(g, 8, 8, 8, 11, 0, g.wide()))))
		} else if k == 1 {
			f = append(f, g.infoField(k, 2, g.text("on", "off", "on", "of", "ON", "")))
		} else {
			f = append(f, g.infoField(k, 2, g.text("tcp://0.0.0.0:26657", "  ", "\t", "")))
		}
	}
	if g.one(15) && len(f) > 0 {
		f = append(f, f[g.IntN(len(f))])
	}
	f = append(f, g.rest(last)...)
	if g.one(20) || !g.amino && g.one(4) {
		g.shuffle(f)
	}
	b := join(f)
	if !g.amino || !g.one(10) || len(b) == 0 {
		return g.infoField(number, 2, b)
	}
	// A length in more bytes than needed: amino reads the end of the part again, so let that be a field.
	n := append(g.tag(number, 2), byte(len(b)+2)|0x80, 0)
	return append(append(n, b...), 0x12, byte(g.IntN(4)))
}

func (g *generator) nodeInfo() []byte {
	var f [][]byte
	g.neat = g.one(2)
	for number := uint64(1); number <= 8; number++ {
		if g.one(20) {
			continue
		}
		for again := true; again; again = !g.amino && g.one(10) || g.one(60) {
			if number == 1 || number == 8 {
				f = append(f, g.part(number))
			} else {
				f = append(f, g.infoField(number, 2, g.infoText(number)))
			}
		}
	}
	f = append(f, g.rest(8)...)
	if g.one(40) || !g.amino && g.one(4) {
		g.shuffle(f)
	}
	if g.one(30) { // around the limit
		f = append(f, g.infoField(9, 2, make([]byte, 10240-len(join(f))-8+g.IntN(16))))
	}
	b := g.sized(join(f))
	if g.one(3) {
		b = g.spoil(b)
	}
	return b
}

// nodeInfoGen writes node infos, well formed and not, one hex line each.
func nodeInfoGen(u Upstream, args []string) error {
	f := flag.NewFlagSet("nodeinfo-gen", flag.ContinueOnError)
	seed := f.Uint64("seed", 1, "seed; the same seed gives the same lines")
	count := f.Int("count", 10000, "number of lines")
	if err := f.Parse(args); err != nil {
		return err
	}
	g := &generator{Rand: rand.New(rand.NewPCG(*seed, 0x696e666f)), amino: u.Dialect == "amino", max: 64}
	w := bufio.NewWriter(os.Stdout)
	for range *count {
		fmt.Fprintln(w, hex.EncodeToString(g.nodeInfo()))
	}
	return w.Flush()
}

// nodeInfoCompare compares the lines of two readers about the same node infos.
func nodeInfoCompare(_ Upstream, args []string) error {
	count, differing := map[string]int{}, 0
	n, err := walk("node infos", args, func(n int, in [3]lines) error {
		word := strings.Fields(in[1].Text())
		if len(word) == 0 {
			return fmt.Errorf("%s: line %d is empty", args[1], n)
		}
		count[word[0]]++
		if len(word) > 4 && word[3] == "ok" {
			count["valid"]++
		}
		if len(word) > 4 && word[4] == "ok" {
			count["compatible"]++
		}
		differing += differ(n, in)
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d node infos; upstream: %d whole (%d valid, %d compatible with the one before), %d need more, %d refused; "+
		"%d differ\n", n, count["whole"], count["valid"], count["compatible"], count["need_more"], count["refused"], differing)
	// A comparison in which one of the verdicts does not occur compares less than it says.
	if differing > 0 || count["whole"] == 0 || count["valid"] == 0 || count["need_more"] == 0 || count["refused"] == 0 {
		return errFailed
	}
	return nil
}
