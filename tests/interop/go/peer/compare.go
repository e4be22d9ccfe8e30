package peer

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

// same says in what two decodings differ; "" if in nothing that matters. Error texts and offsets are
// each side's own. Packets without fields have none to compare.
func same(a, b decoded) string {
	for i := range min(len(a.Packets), len(b.Packets)) {
		x, y := a.Packets[i], b.Packets[i]
		if x.Type != y.Type {
			return fmt.Sprintf("packet %d: type %s, %s", i, x.Type, y.Type)
		}
		if x.Type == Msg && x != y {
			return fmt.Sprintf("packet %d: fields %+v, %+v", i, x, y)
		}
	}
	if len(a.Packets) != len(b.Packets) {
		return fmt.Sprintf("%d packets, %d packets", len(a.Packets), len(b.Packets))
	}
	if a.End.State != b.End.State {
		return fmt.Sprintf("end %s (%s), %s (%s)", a.End.State, a.End.Error, b.End.State, b.End.Error)
	}
	return ""
}

type lines struct {
	name string
	*bufio.Scanner
}

func open(name string) (lines, error) {
	f, err := os.Open(name)
	if err != nil {
		return lines{}, err
	}
	s := bufio.NewScanner(f)
	s.Buffer(make([]byte, 0, 1<<16), 1<<26)
	return lines{name, s}, nil
}

func (l lines) decoded() (decoded, error) {
	var d decoded
	if err := json.Unmarshal(l.Bytes(), &d); err != nil {
		return d, fmt.Errorf("%s: %w", l.name, err)
	}
	switch d.End.State {
	case clean, needMore, refused:
		return d, nil
	}
	return d, fmt.Errorf("%s: end state %q", l.name, d.End.State)
}

// walk opens three files, what was read, upstream's lines about it and ours, and visits their lines side by side,
// counted from 1. It returns how many there are.
func walk(what string, names []string, visit func(n int, in [3]lines) error) (int, error) {
	if len(names) != 3 {
		return 0, fmt.Errorf("three files: %s, upstream's lines, ours", what)
	}
	var in [3]lines
	for i := range in {
		var err error
		if in[i], err = open(names[i]); err != nil {
			return 0, err
		}
	}
	n := 0
	for in[0].Scan() {
		n++
		if !in[1].Scan() || !in[2].Scan() {
			return n, fmt.Errorf("output ends before line %d", n)
		}
		if err := visit(n, in); err != nil {
			return n, err
		}
	}
	if in[1].Scan() || in[2].Scan() {
		return n, fmt.Errorf("more output than %s", what)
	}
	return n, nil
}

// differ is 1, and says so, where the two answers of line n are not the same text; else 0.
func differ(n int, in [3]lines) int {
	if in[1].Text() == in[2].Text() {
		return 0
	}
	fmt.Printf("line %d differs: %s\n  upstream: %s\n  ours:     %s\n", n, in[0].Text(), in[1].Text(), in[2].Text())
	return 1
}

func compare(_ Upstream, args []string) error {
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.Usage = func() { fmt.Fprintln(f.Output(), "usage: peer compare STREAMS UPSTREAM OURS") }
	if err := f.Parse(args); err != nil {
		return err
	}
	differing, ends, packets := 0, map[string]int{}, 0
	n, err := walk("streams", f.Args(), func(n int, in [3]lines) error {
		theirs, err := in[1].decoded()
		if err != nil {
			return err
		}
		ours, err := in[2].decoded()
		if err != nil {
			return err
		}
		ends[theirs.End.State]++
		packets += len(theirs.Packets)
		if d := same(theirs, ours); d != "" {
			differing++
			fmt.Printf("stream %d differs (upstream, ours): %s\n  %s\n", n, d, in[0].Text())
		}
		return nil
	})
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("no streams")
	}
	fmt.Printf("%d streams, %d packets; upstream: %d clean, %d need more, %d refused; %d differ\n",
		n, packets, ends[clean], ends[needMore], ends[refused], differing)
	if differing > 0 {
		return errFailed
	}
	return nil
}
