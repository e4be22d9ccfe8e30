// Program peer runs the connection of Tendermint v0.33, unmodified, for the interop tests.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/tendermint/go-amino"
	cryptoamino "github.com/tendermint/tendermint/crypto/encoding/amino"
	"github.com/tendermint/tendermint/libs/log"
	"github.com/tendermint/tendermint/p2p"
	"github.com/tendermint/tendermint/p2p/conn"
	"github.com/tendermint/tendermint/version"

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
	m := conn.NewMConnectionWithConfig(c, channels, onReceive, func(r interface{}) { onError(r) }, mc)
	m.SetLogger(logger{counts})
	return m
}

// codec has what upstream's own, unexported codec has: all crypto types and the packets.
var codec = func() *amino.Codec {
	c := amino.NewCodec()
	cryptoamino.RegisterAmino(c)
	conn.RegisterPacket(c)
	return c
}()

// read is upstream's receive routine for one packet. Its codec panics where a registered type is not a
// packet; the connection recovers and dies, so a panic is a refusal.
func read(r io.Reader, max int) (p peer.Packet, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("recovered from panic: %v", x)
		}
	}()
	var packet conn.Packet
	if _, err := codec.UnmarshalBinaryLengthPrefixedReader(r, &packet, int64(max)); err != nil {
		return peer.Packet{}, err
	}
	switch x := packet.(type) {
	case conn.PacketPing:
		return peer.Packet{Type: peer.Ping}, nil
	case conn.PacketPong:
		return peer.Packet{Type: peer.Pong}, nil
	case conn.PacketMsg:
		return peer.Packet{Type: peer.Msg, Channel: int64(x.ChannelID), EOF: x.EOF == 1, Data: x.Bytes}, nil
	}
	return peer.Packet{}, fmt.Errorf("unknown message type %T", packet)
}

func reader(r io.Reader, max int) peer.Reader {
	return func() (peer.Packet, error) { return read(r, max) }
}

// maxSize repeats the computation of MConnection.maxPacketMsgSize, which is not exported.
func maxSize(payload int) int {
	full := conn.PacketMsg{ChannelID: 1, EOF: 1, Bytes: make([]byte, payload)}
	return len(codec.MustMarshalBinaryLengthPrefixed(full)) + 10
}

// info is upstream's node info.
type info struct{ p2p.DefaultNodeInfo }

func (x info) Encode() ([]byte, error) { return codec.MarshalBinaryLengthPrefixed(x.DefaultNodeInfo) }

// Validate leaves out the lookup of a host that is no IP address, which mconn never does.
func (x info) Validate() error {
	err := x.DefaultNodeInfo.Validate()
	var lookup p2p.ErrNetAddressLookup
	if errors.As(err, &lookup) {
		x.ListenAddr = strings.Replace(x.ListenAddr, lookup.Addr, "127.0.0.1", 1)
		err = x.DefaultNodeInfo.Validate()
	}
	return err
}

func (x info) CompatibleWith(y peer.NodeInfo) error {
	return x.DefaultNodeInfo.CompatibleWith(y.(info).DefaultNodeInfo)
}

func (x info) Numbers() [3]uint64 {
	v := x.ProtocolVersion
	return [3]uint64{uint64(v.P2P), uint64(v.Block), uint64(v.App)}
}

func (x info) Texts() [8]string {
	return [8]string{string(x.DefaultNodeID), x.ListenAddr, x.Network, x.Version, string(x.Channels), x.Moniker,
		x.Other.TxIndex, x.Other.RPCAddress}
}

// nodeInfo is what upstream's handshake does with what it reads.
func nodeInfo(r io.Reader) (peer.NodeInfo, error) {
	var x p2p.DefaultNodeInfo
	_, err := codec.UnmarshalBinaryLengthPrefixedReader(r, &x, int64(p2p.MaxNodeInfoSize()))
	return info{x}, err
}

// ownNodeInfo is what a node of this generation says of itself.
func ownNodeInfo(id string, channels []byte) peer.NodeInfo {
	return info{p2p.DefaultNodeInfo{
		ProtocolVersion: p2p.NewProtocolVersion(version.P2PProtocol, version.BlockProtocol, 0),
		DefaultNodeID:   p2p.ID(id), ListenAddr: "127.0.0.1:26656", Network: "interop", Version: "interop",
		Channels: channels, Moniker: "upstream",
	}}
}

// address is upstream's reading of a text, which looks a name up.
func address(text string) (peer.Address, error) {
	a, err := p2p.NewNetAddressString(text)
	var lookup p2p.ErrNetAddressLookup
	if errors.As(err, &lookup) {
		return peer.Address{Name: lookup.Addr}, err
	}
	if err != nil {
		return peer.Address{}, err
	}
	return peer.Address{ID: string(a.ID), IP: a.IP, Port: a.Port}, nil
}

func idAddress(id, text string) string { return p2p.IDAddressString(p2p.ID(id), text) }

func routable(ip net.IP) bool {
	return (&p2p.NetAddress{ID: "0123456789abcdef0123456789abcdef01234567", IP: ip, Port: 1}).Routable()
}

func main() {
	peer.Main(peer.Upstream{
		Module: "github.com/tendermint/tendermint", Dialect: "amino", Connect: connect, Reader: reader, MaxSize: maxSize,
		NodeInfo: nodeInfo, OwnNodeInfo: ownNodeInfo, EmptyNodeInfo: []byte{0},
		Address: address, IDAddress: idAddress, Routable: routable,
	})
}
