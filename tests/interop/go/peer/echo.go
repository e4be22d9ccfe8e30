package peer

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// echo is the other side of run in upstream's own hands. It shows what upstream alone does, and with
// --corrupt that run notices one wrong byte.
func echo(u Upstream, args []string) error {
	var o options
	f := flag.NewFlagSet("echo", flag.ContinueOnError)
	o.flags(f)
	corrupt := f.Int("corrupt", 0, "flip one bit of this message, counted from 1")
	if err := f.Parse(args); err != nil {
		return err
	}
	channels, err := parseChannels(o.channels)
	if err != nil {
		return err
	}
	o.config.Channels = channels
	c, err := o.open()
	if err != nil {
		return err
	}
	ended := make(chan any, 1)
	var queues [256]chan []byte
	n := 0
	conn := u.Connect(c, o.config, NewLog(), func(id byte, message []byte) {
		n++
		m := append([]byte(nil), message...)
		if n == *corrupt && len(m) > 0 {
			m[len(m)/2] ^= 1
		}
		queues[id] <- m
	}, func(r any) { ended <- r })
	for _, ch := range channels {
		q := make(chan []byte, 10000)
		queues[ch.ID] = q
		go func() {
			for m := range q {
				conn.Send(ch.ID, m)
			}
		}()
	}
	if err := conn.Start(); err != nil {
		return err
	}
	select {
	case r := <-ended:
		fmt.Printf("{\"event\":\"closed\",\"messages\":%d,\"reason\":%q}\n", n, fmt.Sprint(r))
		return nil
	case <-time.After(10 * time.Minute):
		return errors.New("still connected after ten minutes")
	}
}

// mute is a peer that is there and says nothing: whoever pings it must give up. It shows that a missing
// pong is noticed, on either side.
func mute(_ Upstream, args []string) error {
	var o options
	f := flag.NewFlagSet("mute", flag.ContinueOnError)
	o.flags(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	c, err := o.open()
	if err != nil {
		return err
	}
	defer c.Close()
	n, err := io.Copy(io.Discard, c)
	event(map[string]any{"event": "closed", "bytes": n})
	return err
}
