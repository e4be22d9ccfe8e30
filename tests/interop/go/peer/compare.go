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

func compare(_ Upstream, args []string) error {
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.Usage = func() { fmt.Fprintln(f.Output(), "usage: peer compare STREAMS UPSTREAM OURS") }
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 3 {
		return fmt.Errorf("three files: streams, upstream's decoding, ours")
	}
	var in [3]lines
	for i := range in {
		var err error
		if in[i], err = open(f.Arg(i)); err != nil {
			return err
		}
	}
	differ, ends, packets := 0, map[string]int{}, 0
	n := 0
	for ; in[0].Scan(); n++ {
		if !in[1].Scan() || !in[2].Scan() {
			return fmt.Errorf("output ends before stream %d", n+1)
		}
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
			differ++
			fmt.Printf("stream %d differs (upstream, ours): %s\n  %s\n", n+1, d, in[0].Text())
		}
	}
	if in[1].Scan() || in[2].Scan() {
		return fmt.Errorf("more output than streams")
	}
	if n == 0 {
		return fmt.Errorf("no streams")
	}
	fmt.Printf("%d streams, %d packets; upstream: %d clean, %d need more, %d refused; %d differ\n",
		n, packets, ends[clean], ends[needMore], ends[refused], differ)
	if differ > 0 {
		return errFailed
	}
	return nil
}
