module mconn.test/interop/peer

go 1.23.0
