package peer

import (
	"bufio"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
)

// The generator knows the grammar of packets and the places where decoders usually disagree, and
// nothing about verdicts. Plain random bytes would be refused at the first tag and would compare
// nothing but that.

type generator struct {
	*rand.Rand
	amino bool
	max   int  // packet limit, to aim around
	neat  bool // texts of node infos are the usual ones
}

// one is true once in n.
func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

// varint writes v, now and then in a longer form than needed, and rarely in a form that no decoder
// may take at its word.
func (g *generator) varint(v uint64) []byte {
	var b []byte
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	b = append(b, byte(v))
	if !g.one(12) || len(b) >= 10 {
		return b
	}
	b[len(b)-1] |= 0x80
	for to := len(b) + g.IntN(10-len(b)); len(b) < to; {
		b = append(b, 0x80)
	}
	switch {
	case len(b) < 9 || !g.one(3):
		return append(b, 0)
	case len(b) == 9:
		return append(b, pick[byte](g, 0, 1, 2, 0x7f, 0x80, 0xff))
	}
	return append(b, pick[byte](g, 0x80, 0x81), pick[byte](g, 0, 1, 0x80))
}

// wide is a number near a boundary that some decoder cares about.
func (g *generator) wide() uint64 {
	edge := pick[uint64](g, 0, 0x20, 0x7f, 0x80, 0xff, 0x100, 0x401, 0x3fff, 0x4000, 1<<28, 1<<29, 1<<31, 1<<32, 1<<33,
		1<<35, 1<<56, 1<<62, 1<<63, 1<<63+0x20, 1<<32+0x20)
	return edge + pick[uint64](g, 0, 0, 1, ^uint64(0), 2, ^uint64(1))
}

func (g *generator) channel() uint64 {
	if g.one(10) {
		return g.wide()
	}
	return pick[uint64](g, 0, 1, 0x20, 0x21, 0x30, 0x60, 0x7f, 0x80, 0xff)
}

func (g *generator) eof() uint64 {
	if g.one(10) {
		return g.wide()
	}
	return pick[uint64](g, 0, 1, 1, 1, 2, 0xff)
}

// length of a payload: mostly short, sometimes around the limit of a packet.
func (g *generator) length() int {
	if g.one(25) {
		return max(0, g.max-24+g.IntN(30))
	}
	return pick(g, 0, 1, 1, 2, 3, g.IntN(40), g.IntN(200))
}

// sized writes a length and the bytes; now and then the length lies.
func (g *generator) sized(b []byte) []byte {
	n := uint64(len(b))
	if g.one(40) {
		n = pick(g, n+1, n-1, n+g.Uint64N(300), g.wide(), 1<<63-1, 1<<63-n, ^uint64(0)-g.Uint64N(20))
	}
	return append(g.varint(n), b...)
}

// tag of a field; now and then with bits above 32, which the proto decoder drops.
func (g *generator) tag(number, wire uint64) []byte {
	t := number<<3 | wire
	if g.one(60) {
		t += pick[uint64](g, 1<<32, 1<<35, 1<<63, 1<<35+1<<32)
	}
	return g.varint(t)
}

func (g *generator) unknownNumber() uint64 {
	return pick[uint64](g, 4, 4, 5, 6, 7, 15, 16, 17, 2047, 2048, 1<<28, 1<<29-1, 1<<29-1, 1<<29, 1<<31-1, 1<<31, 0)
}

// unknown is a field that no message of this protocol has; a group may hold further ones.
func (g *generator) unknown(number uint64, depth int) []byte {
	wire := pick[uint64](g, 0, 0, 1, 2, 2, 5, 3)
	if g.amino && wire == 3 && !g.one(6) {
		wire = 0
	}
	if g.one(50) {
		wire = pick[uint64](g, 3, 4, 6, 7)
	}
	b := g.tag(number, wire)
	switch wire {
	case 0:
		return append(b, g.varint(pick(g, 0, 1, g.wide(), g.Uint64()))...)
	case 1:
		return append(b, g.bytes(8)...)
	case 2:
		return append(b, g.sized(g.bytes(g.IntN(6)))...)
	case 3:
		for i := g.IntN(3); i > 0 && depth < 6; i-- {
			b = append(b, g.unknown(pick(g, g.unknownNumber(), 1, 2, 3), depth+1)...)
		}
		if g.one(20) {
			return b
		}
		if g.one(3) {
			number = g.unknownNumber()
		}
		return append(b, g.tag(number, 4)...)
	case 5:
		return append(b, g.bytes(4)...)
	}
	return b
}

// known is one of the three fields of a msg packet, sometimes with a wire type that is not its own.
func (g *generator) known(number uint64) []byte {
	wire := uint64(0)
	if number == 3 {
		wire = 2
	}
	if g.one(60) {
		wire = g.Uint64N(8)
	}
	b := g.tag(number, wire)
	switch wire {
	case 0:
		if number == 1 {
			return append(b, g.varint(g.channel())...)
		}
		return append(b, g.varint(g.eof())...)
	case 1:
		return append(b, g.bytes(8)...)
	case 5:
		return append(b, g.bytes(4)...)
	}
	return append(b, g.sized(g.bytes(g.length()))...)
}

func (g *generator) shuffle(f [][]byte) {
	g.Shuffle(len(f), func(i, j int) { f[i], f[j] = f[j], f[i] })
}

// fields of a msg packet: the canonical three, each possibly left out, then what can go wrong with them.
func (g *generator) fields() []byte {
	var f [][]byte
	for number := uint64(1); number <= 3; number++ {
		if !g.one(4) {
			f = append(f, g.known(number))
		}
	}
	rare := 8
	if g.amino {
		rare = 16
	}
	if g.one(rare) {
		f = append(f, g.known(1+g.Uint64N(3)))
	}
	last := uint64(3)
	for g.one(5) {
		number := g.unknownNumber()
		if g.amino && !g.one(5) {
			last += 1 + g.Uint64N(9)
			number = last
		}
		f = append(f, g.unknown(number, 0))
	}
	if g.one(rare) {
		g.shuffle(f)
	}
	return join(f)
}

func join(f [][]byte) []byte {
	var b []byte
	for _, x := range f {
		b = append(b, x...)
	}
	return b
}

func (g *generator) unknowns() []byte {
	var b []byte
	for number := g.Uint64N(3); g.one(3); number += g.Uint64N(3) {
		b = append(b, g.unknown(number, 0)...)
	}
	return b
}

func (g *generator) protoMember(number uint64) []byte {
	if number == 3 {
		return append(g.tag(number, 2), g.sized(g.fields())...)
	}
	var inside []byte
	if g.one(8) {
		inside = g.unknowns()
	}
	return append(g.tag(number, 2), g.sized(inside)...)
}

func (g *generator) protoBody() []byte {
	f := [][]byte{g.protoMember(pick[uint64](g, 1, 2, 3, 3, 3, 3, 3))}
	if g.one(30) {
		f = nil
	}
	for g.one(8) {
		f = append(f, g.protoMember(1+g.Uint64N(3)))
	}
	if g.one(60) {
		f = append(f, g.known(1+g.Uint64N(3)))
	}
	for g.one(8) {
		f = append(f, g.unknown(g.unknownNumber(), 0))
	}
	if g.one(4) {
		g.shuffle(f)
	}
	return join(f)
}

// Prefix and disambiguation bytes of everything upstream's packet codec has registered, and a wrong one.
var aminoTypes = []struct{ name, disambiguation, prefix string }{
	{Msg, "\xf1\xbb\x97", "\xb0\x5b\x4f\x2c"},
	{Ping, "\xe3\x7e\x84", "\x15\xc3\xd2\x89"},
	{Pong, "\x88\x7a\x12", "\x8a\x79\x7f\xe2"},
	{"PubKeyEd25519", "\xac\x26\x79", "\x16\x24\xde\x64"},
	{"PubKeySecp256k1", "\xf8\xcc\xea", "\xeb\x5a\xe9\x87"},
	{"PubKeyMultisigThreshold", "\xb4\x49\xae", "\x22\xc1\xf7\xe2"},
	{"PrivKeyEd25519", "\x95\x45\x68", "\xa3\x28\x89\x10"},
	{"none", "\x01\x02\x03", "\x01\x02\x03\x04"},
}

func (g *generator) aminoBody() []byte {
	i := pick(g, 0, 0, 0, 0, 0, 1, 2)
	if g.one(25) {
		i = g.IntN(len(aminoTypes))
	}
	t := aminoTypes[i]
	b := []byte(t.prefix)
	if g.one(8) {
		b = []byte("\x00" + t.disambiguation + t.prefix)
		if g.one(8) {
			b = []byte("\x00" + aminoTypes[g.IntN(len(aminoTypes))].disambiguation + t.prefix)
		}
	}
	switch {
	case i == 0:
		b = append(b, g.fields()...)
	case i >= 3:
		b = append(b, g.sized(g.bytes(pick(g, 32, 33, 64)))...)
	case g.one(5):
		b = append(b, g.unknowns()...)
	}
	return b
}

// tight is a canonical msg packet whose size is the limit or nearly so.
func (g *generator) tight() []byte {
	f := join([][]byte{{0x08}, g.varint(pick[uint64](g, 1, 0x20, 0x80)), {0x10, 1}, {0x1a}})
	room := max(0, g.max-len(f)-8+g.IntN(8))
	f = append(append(f, g.varint(uint64(room))...), g.bytes(room)...)
	if g.amino {
		return append(g.varint(uint64(len(f)+4)), append([]byte(aminoTypes[0].prefix), f...)...)
	}
	f = append(append([]byte{0x1a}, g.varint(uint64(len(f)))...), f...)
	return append(g.varint(uint64(len(f))), f...)
}

// packet is one packet with its length prefix.
func (g *generator) packet() []byte {
	if g.one(40) {
		return g.tight()
	}
	if g.amino {
		return g.sized(g.aminoBody())
	}
	return g.sized(g.protoBody())
}

// spoil damages a stream in one place.
func (g *generator) spoil(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	// Damage near the front, where the structure is, and not inside a long payload.
	i := g.IntN(min(len(b), 24))
	if g.one(4) {
		i = g.IntN(len(b))
	}
	switch g.IntN(7) {
	case 0:
		b[i] ^= 1 << g.IntN(8)
	case 1:
		b[i] = pick[byte](g, 0, 1, 0x7f, 0x80, 0xff, byte(g.Uint32()))
	case 2:
		b = append(b[:i:i], append([]byte{byte(g.Uint32())}, b[i:]...)...)
	case 3:
		b = append(b[:i:i], b[i+1:]...)
	case 4:
		j := i + g.IntN(min(len(b)-i, 8)+1)
		b = append(b[:j:j], b[i:]...)
	case 5, 6:
		b = b[:g.IntN(len(b)+1)]
	}
	return b
}

func (g *generator) stream() []byte {
	var b []byte
	for i := pick(g, 1, 1, 2, 3, 4, 8); i > 0; i-- {
		b = append(b, g.packet()...)
	}
	if g.one(200) {
		b = nil
	}
	for g.one(4) {
		b = g.spoil(b)
	}
	return b
}

func gen(u Upstream, args []string) error {
	f := flag.NewFlagSet("gen", flag.ContinueOnError)
	seed := f.Uint64("seed", 1, "seed; the same seed gives the same streams")
	count := f.Int("count", 10000, "number of streams")
	payload := f.Int("payload", 1024, "payload setting whose packet limit the lengths aim around")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *count < 1 || *payload < 0 {
		return fmt.Errorf("count must be at least 1, payload at least 0")
	}
	source := rand.New(rand.NewPCG(*seed, 0x6d636f6e6e))
	g := &generator{Rand: source, amino: u.Dialect == "amino", max: u.MaxSize(*payload)}
	w := bufio.NewWriter(os.Stdout)
	for range *count {
		fmt.Fprintln(w, hex.EncodeToString(g.stream()))
	}
	return w.Flush()
}
