package peer

func run(u Upstream, args []string) error { return nil }
