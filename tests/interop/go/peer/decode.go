package peer

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

// The output of both decoders, one object per stream.
type decodedPacket struct {
	Type    string `json:"type"`
	Channel int64  `json:"channel"`
	EOF     bool   `json:"eof"`
	Len     int    `json:"len"`
	Data    string `json:"data"`
}

type decodedEnd struct {
	State string `json:"state"`
	Error string `json:"error,omitempty"`
}

type decoded struct {
	Packets []decodedPacket `json:"packets"`
	End     decodedEnd      `json:"end"`
}

const (
	clean    = "clean"
	needMore = "need_more"
	refused  = "refused"
)

// hungryReader remembers that somebody asked for bytes after the last one. Upstream says "EOF" both
// for a field that runs past its packet and for a stream that ends, and only the second is a matter
// of waiting for more.
type hungryReader struct {
	r      *bytes.Reader
	hungry bool
}

func (h *hungryReader) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if err == io.EOF {
		h.hungry = true
	}
	return n, err
}

// decodeStream is upstream's reader over a whole stream. A channel id is shown as the 32 bits it is on
// the wire: that upstream's connection refuses one above 255 is its receiver's verdict, as it is ours.
func decodeStream(u Upstream, stream []byte, max int) decoded {
	h := &hungryReader{r: bytes.NewReader(stream)}
	next := u.Reader(h, max)
	out := decoded{Packets: []decodedPacket{}}
	for {
		begin := h.r.Len()
		p, err := next()
		switch {
		case err == nil:
			out.Packets = append(out.Packets, decodedPacket{
				Type: p.Type, Channel: int64(uint32(p.Channel)), EOF: p.EOF, Len: len(p.Data), Data: hex.EncodeToString(p.Data),
			})
			continue
		case h.hungry && begin == 0:
			out.End.State = clean
		case h.hungry:
			out.End.State = needMore
		default:
			out.End = decodedEnd{State: refused, Error: err.Error()}
		}
		return out
	}
}

func decode(u Upstream, args []string) error {
	f := flag.NewFlagSet("decode", flag.ContinueOnError)
	max := f.Int("max", u.MaxSize(1024), "largest packet accepted, as upstream counts it")
	if err := f.Parse(args); err != nil {
		return err
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 0, 1<<16), 1<<26)
	w := bufio.NewWriter(os.Stdout)
	out := json.NewEncoder(w)
	for line := 1; in.Scan(); line++ {
		stream, err := hex.DecodeString(in.Text())
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		if err := out.Encode(decodeStream(u, stream, *max)); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return w.Flush()
}
