package peer

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
)

// The vectors of spec/vectors say what our decoder must do. Here upstream's reader is held against
// them, so that a row that is wrong about upstream is found, whoever else agrees with it.

type vector struct {
	ID      string          `json:"id"`
	Dialect string          `json:"dialect"`
	Max     int             `json:"max"`
	Hex     json.RawMessage `json:"hex"`
	Packets []struct {
		Type    string          `json:"type"`
		Channel int64           `json:"channel"`
		EOF     bool            `json:"eof"`
		Data    json.RawMessage `json:"data"`
	} `json:"packets"`
	End decodedEnd `json:"end"`
	// Where we differ on purpose: the row of spec/divergences.md, and what upstream says with its own limit.
	Divergence string `json:"divergence"`
	Go         string `json:"go"`
}

// expand turns the vectors' way of writing bytes into hex: a string, or a list of strings and of
// repeated strings.
func expand(raw json.RawMessage) (string, error) {
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text, nil
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, part := range parts {
		var repeated struct{ Repeat [2]json.RawMessage }
		if json.Unmarshal(part, &text) == nil {
			b.WriteString(text)
			continue
		}
		var n int
		if err := json.Unmarshal(part, &repeated); err != nil {
			return "", err
		}
		if err := json.Unmarshal(repeated.Repeat[0], &text); err != nil {
			return "", err
		}
		if err := json.Unmarshal(repeated.Repeat[1], &n); err != nil {
			return "", err
		}
		b.WriteString(strings.Repeat(text, n))
	}
	return b.String(), nil
}

func (v vector) decoded() (decoded, error) {
	d := decoded{End: v.End}
	for _, p := range v.Packets {
		data, err := expand(p.Data)
		if err != nil {
			return d, err
		}
		d.Packets = append(d.Packets, decodedPacket{p.Type, p.Channel, p.EOF, len(data) / 2, data})
	}
	return d, nil
}

// judge says how upstream contradicts a row; "" if it does not. Of a stated divergence upstream must
// say what the row claims it says.
func (v vector) judge(u Upstream, stream []byte, want decoded) string {
	if v.Divergence == "" {
		return same(decodeStream(u, stream, v.Max), want)
	}
	got := "accept"
	if decodeStream(u, stream, u.MaxSize(1024)).End.State == refused {
		got = "refuse"
	}
	if got != v.Go {
		return fmt.Sprintf("%s, %s claimed for upstream by %s", got, v.Go, v.Divergence)
	}
	return ""
}

func readVectors(name, dialect string) ([]vector, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var file struct {
		Kind  string            `json:"kind"`
		Tests []json.RawMessage `json:"tests"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var out []vector
	if file.Kind != "stream" {
		return out, nil
	}
	for _, row := range file.Tests {
		var v vector
		if err := json.Unmarshal(row, &v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if v.Dialect == dialect {
			out = append(out, v)
		}
	}
	return out, nil
}

func vectors(u Upstream, args []string) error {
	f := flag.NewFlagSet("vectors", flag.ContinueOnError)
	streams := f.Bool("streams", false, "do not check, write the streams with the usual packet limit as hex lines")
	if err := f.Parse(args); err != nil {
		return err
	}
	checked, differ, divergent := 0, 0, 0
	for _, name := range f.Args() {
		rows, err := readVectors(name, u.Dialect)
		if err != nil {
			return err
		}
		for _, v := range rows {
			text, err := expand(v.Hex)
			if err != nil {
				return fmt.Errorf("%s: %w", v.ID, err)
			}
			if *streams {
				if v.Max == u.MaxSize(1024) {
					fmt.Println(text)
				}
				continue
			}
			stream, err := hex.DecodeString(text)
			if err != nil {
				return fmt.Errorf("%s: %w", v.ID, err)
			}
			want, err := v.decoded()
			if err != nil {
				return fmt.Errorf("%s: %w", v.ID, err)
			}
			checked++
			if d := v.judge(u, stream, want); d != "" {
				differ++
				fmt.Printf("%s differs (upstream, vector): %s\n", v.ID, d)
			} else if v.Divergence != "" {
				divergent++
			}
		}
	}
	if *streams {
		return nil
	}
	fmt.Printf("%d vectors; %d differ, %d are stated divergences and diverge as stated\n", checked, differ, divergent)
	if differ > 0 || checked == 0 {
		return errFailed
	}
	return nil
}
