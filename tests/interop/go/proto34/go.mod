module mconn.test/interop/proto34

go 1.23.0

require (
	github.com/gogo/protobuf v1.3.2
	github.com/tendermint/tendermint v0.34.24
	mconn.test/interop/peer v0.0.0
)

require (
	github.com/btcsuite/btcd v0.22.1 // indirect
	github.com/go-kit/log v0.2.1 // indirect
	github.com/go-logfmt/logfmt v0.5.1 // indirect
	github.com/gtank/merlin v0.1.1 // indirect
	github.com/libp2p/go-buffer-pool v0.1.0 // indirect
	github.com/mimoo/StrobeGo v0.0.0-20210601165009-122bf33a46e0 // indirect
	github.com/petermattis/goid v0.0.0-20180202154549-b0b1615b78e5 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/sasha-s/go-deadlock v0.3.1 // indirect
	golang.org/x/crypto v0.1.0 // indirect
	golang.org/x/sys v0.1.0 // indirect
)

replace mconn.test/interop/peer => ../peer
