package peer

func bench(u Upstream, args []string) error { return nil }
