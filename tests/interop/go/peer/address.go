package peer

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
)

// A line about an address is a letter and hex: A, the text of an address with id; L, of a listen address, read behind
// an id as upstream's node info does; I, the 16 bytes of an IP address.

// Address is what upstream made of a text. Name is set, with an error, if upstream wanted to look it up.
type Address struct {
	ID   string
	IP   net.IP
	Port uint16
	Name string
}

// noLookups keeps upstream from asking a name server: what a name resolves to is no part of the comparison.
func noLookups() {
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no lookups here")
	}}
}

// judgeAddress is upstream's verdict. It looks a name up before it reads the port (spec/divergences.md, D-76), so
// where it wanted to, an IP address takes the place of the name, and the rest is read too.
func judgeAddress(u Upstream, text string) string {
	a, err := u.Address(text)
	name := a.Name
	if err != nil && name != "" {
		text = strings.ReplaceAll(text, "@["+name+"]:", "@127.0.0.1:")
		text = strings.ReplaceAll(text, "@"+name+":", "@127.0.0.1:")
		a, err = u.Address(text)
	}
	switch {
	case err != nil && a.Name != "":
		return "lookup " + hexText(a.Name)
	case err != nil:
		return "refused"
	case name != "":
		return fmt.Sprintf("name %s %s %d", hexText(a.ID), hexText(name), a.Port)
	}
	return fmt.Sprintf("ip %s %s %d", hexText(a.ID), hex.EncodeToString(a.IP.To16()), a.Port)
}

// address judges the lines of stdin with upstream's code, one line each.
func address(u Upstream, _ []string) error {
	noLookups()
	in, w := bufio.NewScanner(os.Stdin), bufio.NewWriter(os.Stdout)
	for line := 1; in.Scan(); line++ {
		kind, text, _ := strings.Cut(in.Text(), " ")
		b, err := hex.DecodeString(text)
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		switch {
		case kind == "A":
			fmt.Fprintln(w, judgeAddress(u, string(b)))
		case kind == "L":
			fmt.Fprintln(w, judgeAddress(u, u.IDAddress(someID, string(b))))
		case kind == "I" && len(b) == 16:
			fmt.Fprintf(w, "routable %t\n", u.Routable(net.IP(b)))
		default:
			return fmt.Errorf("line %d: neither address nor IP address", line)
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return w.Flush()
}

// ---- the generator

func (g *generator) host() string {
	if !g.one(3) { // most are numbers, so that values are compared and not refusals alone
		return pick(g, fmt.Sprintf("%d.%d.%d.%d", g.IntN(256), g.IntN(256), g.IntN(256), g.IntN(256)),
			"["+net.IP(g.ip()).String()+"]", "no-such-host.invalid")
	}
	return pick(g, "1.2.3.4", "127.0.0.1", "255.255.255.255", "0.0.0.0", "01.2.3.4", "1.2.3", "1.2.3.256", "[::1]", "[::]",
		"[2001:db8::5]", "[::ffff:1.2.3.4]", "[fe80::1%lo]", "[1.2.3.4]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8:9]", "[::1",
		"::1]", "[]", "", "::1", "no-such-host.invalid", "no such host.invalid", "[[::1]]")
}

func (g *generator) port() string {
	if !g.one(3) {
		return fmt.Sprint(g.IntN(65536))
	}
	return pick(g, "80", "26656", "0", "65535", "65536", "00080", "18446744073709551696", "4294967376", "+80", "-1", "",
		"8_0", "0x50", " 80", "80 ", fmt.Sprint(g.IntN(70000)))
}

func (g *generator) colon() string {
	if g.one(12) {
		return pick(g, "", "::")
	}
	return ":"
}

func (g *generator) behind() string {
	if g.one(10) {
		return pick(g, "@", "://x", ":1")
	}
	return ""
}

// addressText is an address, or nearly one: whole or of loose parts, and now and then with one byte wrong.
func (g *generator) addressText(id bool) string {
	const digits = "0123456789abcdef0123456789ABCDEF01234567"
	atoms := []string{digits, digits[1:], "@", ":", "://", "tcp://", "[", "]", "/", " ", "1.2.3.4", "[::1]", "80",
		"0", "\x00", "é"}
	var s string
	if g.one(4) {
		for range 1 + g.IntN(7) {
			s += pick(g, atoms...)
		}
	} else {
		s = pick(g, "", "", "", "tcp://", "udp://", "://", "tcp//", "a@b://")
		if id != g.one(20) {
			s += pick(g, digits, digits, digits, digits, strings.ToUpper(digits), digits[1:], digits+"0", "") + "@"
		}
		s += g.host() + g.colon() + g.port() + g.behind()
	}
	if b := []byte(s); len(b) > 0 && g.one(8) {
		b[g.IntN(len(b))] = pick[byte](g, '@', ':', '/', '[', ']', '0', 'g', '.', '-', 0, 0x80)
		s = string(b)
	}
	return s
}

// ip lies in or near one of the ranges that upstream tells apart.
func (g *generator) ip() []byte {
	const v4 = "00000000000000000000ffff"
	b, _ := hex.DecodeString(pick(g, v4, v4+"00", v4+"7f", v4+"0a", v4+"ac10", v4+"ac1f", v4+"ac20", v4+"ac0f", v4+"c0a8",
		v4+"c0a9", v4+"a9fe", v4+"a9ff", v4+"ffffff", v4+"ffffffff", v4+"e0", "000000000000000000000000000000", "20010db8",
		"20010db9", "2001000f", "20010010", "2001001f", "20010020", "2002", "0064ff9b", "fb", "fc", "fd", "fe",
		"fe80000000000000",
		"fe80000000000001", "ff02", "00000000000000000000fffe", "00000000000000000001ffff"))
	for fill := pick(g, 0, 255, -1); len(b) < 16; {
		b = append(b, pick(g, byte(fill), byte(fill), byte(g.Uint32())))
	}
	if g.one(10) {
		b[g.IntN(16)] ^= 1 << g.IntN(8)
	}
	return b
}

// vectorLines writes the rows of a vector file that are addresses.
func vectorLines(w *bufio.Writer, name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var file struct {
		Tests []struct{ Form, Text, Hex string }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	letter := map[string]string{"id": "A", "listen": "L"}
	for _, v := range file.Tests {
		if v.Form == "" {
			fmt.Fprintln(w, "I", v.Hex)
		} else {
			fmt.Fprintf(w, "%s %x\n", letter[v.Form], v.Text)
		}
	}
	return nil
}

// addressGen writes the rows of the vector files named, and generated addresses.
func addressGen(_ Upstream, args []string) error {
	f := flag.NewFlagSet("address-gen", flag.ContinueOnError)
	seed := f.Uint64("seed", 1, "seed; the same seed gives the same lines")
	count := f.Int("count", 10000, "number of generated lines of each kind")
	if err := f.Parse(args); err != nil {
		return err
	}
	g := &generator{Rand: rand.New(rand.NewPCG(*seed, 0x61646472))}
	w := bufio.NewWriter(os.Stdout)
	for _, name := range f.Args() {
		if err := vectorLines(w, name); err != nil {
			return err
		}
	}
	for range *count {
		fmt.Fprintf(w, "A %x\nL %x\nI %x\n", g.addressText(true), g.addressText(false), g.ip())
	}
	return w.Flush()
}

// addressCompare compares the lines of two readers about the same addresses.
func addressCompare(_ Upstream, args []string) error {
	count, differing := map[string]int{}, 0
	n, err := walk("addresses", args, func(n int, in [3]lines) error {
		verdict := in[1].Text()
		if !strings.HasPrefix(verdict, "routable") {
			verdict, _, _ = strings.Cut(verdict, " ")
		}
		count[verdict]++
		differing += differ(n, in)
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d addresses; upstream: %d with an IP address, %d with a name, %d refused; %d routable, %d not; "+
		"%d differ\n", n, count["ip"], count["name"], count["refused"], count["routable true"],
		count["routable false"], differing)
	// A comparison in which one of the verdicts does not occur compares less than it says.
	for _, verdict := range []string{"ip", "name", "refused", "routable true", "routable false"} {
		if differing > 0 || count[verdict] == 0 {
			return errFailed
		}
	}
	return nil
}
