package peer

import (
	"errors"
	"fmt"
	"os"
)

const usage = `usage: peer COMMAND [OPTIONS]

  version   print the upstream module and version that is linked
  gen       write structure-aware byte streams, one hex line each
  decode    decode hex lines from stdin with upstream's reader, one JSON object per line
  compare   compare two decoders' output over the same streams
  vectors   check the vectors of spec/vectors against upstream's reader
  nodeinfo-gen      write node infos, well formed and not, one hex line each
  nodeinfo          decode and judge hex lines from stdin with upstream's handshake, one line each
  nodeinfo-compare  compare two readers' lines about the same node infos
  address-gen       write addresses, well formed and not, a letter and hex each
  address           judge such lines from stdin with upstream's code, one line each
  address-compare   compare two readers' lines about the same addresses
  run       talk to a peer that echoes every message, through upstream's MConnection
  echo      return every message, through upstream's MConnection
  mute      read everything and answer nothing, not even pings
  bench     measure upstream's MConnection between two processes
  idle      measure what many of them cost that do nothing

Each command explains its options with -h.
`

// errFailed ends the program with status 1 after a command has reported what went wrong.
var errFailed = errors.New("failed")

// Main runs one command and exits: 0 done, 1 a check failed, 2 wrong use.
func Main(u Upstream) {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	commands := map[string]func(Upstream, []string) error{
		"version": version, "gen": gen, "decode": decode, "compare": compare, "vectors": vectors, "run": run,
		"nodeinfo-gen": nodeInfoGen, "nodeinfo": nodeInfo, "nodeinfo-compare": nodeInfoCompare,
		"address-gen": addressGen, "address": address, "address-compare": addressCompare,
		"echo": echo, "mute": mute, "bench": bench, "idle": idle,
	}
	command, ok := commands[os.Args[1]]
	if !ok {
		fmt.Fprintf(os.Stderr, "peer: unknown command %q\n\n%s", os.Args[1], usage)
		os.Exit(2)
	}
	switch err := command(u, os.Args[2:]); {
	case err == nil:
	case errors.Is(err, errFailed):
		os.Exit(1)
	default:
		fmt.Fprintf(os.Stderr, "peer %s: %v\n", os.Args[1], err)
		os.Exit(2)
	}
}

func version(u Upstream, _ []string) error {
	fmt.Printf("%s %s (%s)\n", u.Module, u.Version(), u.Dialect)
	return nil
}
