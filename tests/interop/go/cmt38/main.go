// Program peer runs the connection of CometBFT v0.38, unmodified, for the interop tests.
package main

import (
	"fmt"
	"io"
	"net"

	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/p2p/conn"
	p2p "github.com/cometbft/cometbft/proto/tendermint/p2p"
	"github.com/cosmos/gogoproto/proto"

	"mconn.test/interop/peer"
)

type logger struct{ counts *peer.Log }

func (l logger) Debug(text string, _ ...interface{}) { l.counts.Add(text) }
func (l logger) Info(text string, _ ...interface{})  { l.counts.Add(text) }
func (l logger) Error(text string, _ ...interface{}) { l.counts.Add(text) }
func (l logger) With(_ ...interface{}) log.Logger    { return l }

func connect(
	c net.Conn, cfg peer.Config, counts *peer.Log, onReceive func(byte, []byte), onError func(any),
) peer.Connection {
	var channels []*conn.ChannelDescriptor
	for _, ch := range cfg.Channels {
		d := conn.ChannelDescriptor{ID: ch.ID, Priority: ch.Priority, SendQueueCapacity: cfg.Queue}.FillDefaults()
		channels = append(channels, &d)
	}
	mc := conn.DefaultMConnConfig()
	mc.SendRate, mc.RecvRate = peer.UnlimitedRate, peer.UnlimitedRate
	mc.MaxPacketMsgPayloadSize, mc.FlushThrottle = cfg.Payload, cfg.Flush
	mc.PingInterval, mc.PongTimeout = cfg.Ping, cfg.Pong
	m := conn.NewMConnectionWithConfig(c, channels, onReceive, onError, mc)
	m.SetLogger(logger{counts})
	return m
}

// reader is upstream's receive routine without the connection around it.
func reader(r io.Reader, max int) peer.Reader {
	in := protoio.NewDelimitedReader(r, max)
	return func() (peer.Packet, error) {
		var packet p2p.Packet
		if _, err := in.ReadMsg(&packet); err != nil {
			return peer.Packet{}, err
		}
		switch x := packet.Sum.(type) {
		case *p2p.Packet_PacketPing:
			return peer.Packet{Type: peer.Ping}, nil
		case *p2p.Packet_PacketPong:
			return peer.Packet{Type: peer.Pong}, nil
		case *p2p.Packet_PacketMsg:
			m := x.PacketMsg
			return peer.Packet{Type: peer.Msg, Channel: int64(m.ChannelID), EOF: m.EOF, Data: m.Data}, nil
		}
		return peer.Packet{}, fmt.Errorf("unknown message type %T", packet.Sum)
	}
}

// maxSize repeats the computation of MConnection.maxPacketMsgSize, which is not exported.
func maxSize(payload int) int {
	m := &p2p.PacketMsg{ChannelID: 1, EOF: true, Data: make([]byte, payload)}
	b, err := proto.Marshal(&p2p.Packet{Sum: &p2p.Packet_PacketMsg{PacketMsg: m}})
	if err != nil {
		panic(err)
	}
	return len(b)
}

func main() {
	peer.Main(peer.Upstream{
		Module: "github.com/cometbft/cometbft", Dialect: "proto", Connect: connect, Reader: reader, MaxSize: maxSize,
	})
}
