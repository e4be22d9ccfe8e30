#!/usr/bin/env python3
"""Writes the first inputs of every fuzz target into fuzz/corpus/<target>/.

A fuzzer that has to find the packet layout by itself spends its first hours on what is known. The seeds
are packets a Go peer writes, the edges of what it accepts, and short programs for the state machines.
Files are named by the SHA-1 of their content, as libFuzzer names them, so nothing is written twice.
tools/fuzz minimises the corpus afterwards; this script can be run again at any time.
"""
import hashlib
import json
import pathlib
import struct

FUZZ = pathlib.Path(__file__).resolve().parent
PREFIX = {"ping": bytes.fromhex("15c3d289"), "pong": bytes.fromhex("8a797fe2"), "msg": bytes.fromhex("b05b4f2c")}
DISAMB = {"ping": bytes.fromhex("00e37e84"), "pong": bytes.fromhex("00887a12"), "msg": bytes.fromhex("00f1bb97")}


def varint(x, width=0):
    out = []
    while x > 127 or len(out) + 1 < width:
        out.append(x & 127 | 128)
        x >>= 7
    return bytes(out + [x])


def framed(body, width=0):
    return varint(len(body), width) + body


def fields(channel, eof, data):
    out = b""
    if channel:
        out += b"\x08" + varint(channel)
    if eof:
        out += b"\x10\x01"
    if data:
        out += b"\x1a" + varint(len(data)) + data
    return out


def proto(channel, eof, data):
    return framed(b"\x1a" + framed(fields(channel, eof, data)))


def amino(channel, eof, data):
    return framed(PREFIX["msg"] + fields(channel, eof, data))


PROTO_CONTROL = [bytes.fromhex("020a00"), bytes.fromhex("021200")]
AMINO_CONTROL = [framed(PREFIX["ping"]), framed(PREFIX["pong"])]
CASES = [(c, e, d) for c in (0, 1, 0x20, 0x7F, 0x80, 0xFF) for e in (False, True) for d in (b"", b"\xaa", b"abc")]

# Bodies at the edge of what a Go peer accepts, on either side of it.
PROTO_EDGES = [
    "", "1a00", "0a001200", "12000a00", "0a021001", "1a0208201a00", "1a0508a008" + "1001", "1a0608ffffffff0f",
    "1a0b08ffffffffffffffffff01", "1a0c08ffffffffffffffffffff01", "1a0410011001", "1a0410011000", "1a021002", "1a03108001",
    "1a0b1080808080808080808002", "1a041a000801", "1a061a01aa1a01bb", "1a041a02aa", "1a031a80", "2200" + "0a00",
    "2001" + "0a00", "250000000a00", "2500000000" + "0a00", "2100000000000000000a00", "23240a00", "23332c240a00", "230a00",
    "24" + "0a00", "0b0c", "0c", "0e", "0f", "0000", "0200", "8a808080800400", "828080801000", "0a80", "0affffffffffffffffff0100",
    "1a0b1affffffffffffffffff01", "0a022001", "0a0223" + "24", "0a0123", "1a038a0100", "1a048800" + "01" + "00", "0a028001",
    "1a0a23" + "08" + "01" + "1a02aabb" + "24" + "1001", "0a8080808080808080808001",
]
AMINO_EDGES = [
    "", "b05b4f", "b05b4f2c", "b05b4f2c0800", "b05b4f2c1000", "b05b4f2c1a00", "b05b4f2c08ff01", "b05b4f2c088002", "b05b4f2c1002",
    "b05b4f2c10ff01", "b05b4f2c100108" + "01", "b05b4f2c08010801", "b05b4f2c880001", "b05b4f2c088100", "b05b4f2c1a8100aa",
    "b05b4f2c1a02aa", "b05b4f2c2001", "b05b4f2c20010801", "b05b4f2c2100" + "00" * 7, "b05b4f2c2500000000", "b05b4f2c2201aa",
    "b05b4f2c2324", "b05b4f2c24", "b05b4f2c26", "b05b4f2c27", "b05b4f2c0a01aa", "b05b4f2c1801", "b05b4f2c1201aa", "b05b4f2c0001",
    "b05b4f2cf8ffffff0f00", "b05b4f2c808080801000", "b05b4f2c08ffffffffffffffffff01", "b05b4f2c20ffffffffffffffffff02",
    "b05b4f2c1affffffffffffffffff01", "00f1bb97b05b4f2c1001", "00f1bb97b05b4f2d", "00e37e8415c3d289", "00887a128a797fe2",
    "00e37e848a797fe2", "15c3d28900", "15c3d2890801", "15c3d28908010801", "8a797fe22201aa2a00", "15c3d28a", "00f1bb97b05b4f",
    "1624de64", "b05b4f2c25000000", "b05b4f2c21000000",
]


def edges(bodies):
    out = []
    for hexed in bodies:
        body = bytes.fromhex(hexed)
        out.append(framed(body))
        out.append(framed(body, 3))
    return out


def vectors(dialect):
    """Streams of spec/vectors, whatever else is in those files."""
    out = []

    def walk(node):
        if isinstance(node, dict):
            if node.get("dialect", dialect) == dialect:
                for key, value in node.items():
                    if key in ("hex", "bytes", "stream", "input", "wire") and isinstance(value, str) and len(value) < 400:
                        try:
                            out.append(bytes.fromhex(value))
                        except ValueError:
                            pass
                    walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    for path in sorted((FUZZ.parent / "spec" / "vectors").glob("*.json")):
        if "schema" not in path.name:
            walk(json.loads(path.read_text()))
    return out


PREFIX_EDGES = [b"\x80", b"\x80" * 9, b"\x80" * 10, b"\xff" * 9 + b"\x01", b"\xff" * 9 + b"\x02", b"\x80" * 9 + b"\x00",
                b"\xff\xff\xff\xff\x07", b"\x8a\x08" + b"\x1a\x87\x08", b"\x8b\x08" + b"\x1a\x88\x08"]


def near_misses():
    """Almost what a Go sender writes, with lengths of one byte and of two: eof of 2, the payload not last, not minimal."""
    out = []
    for n in (40, 300):
        data = b"x" * n
        payload = b"\x1a" + varint(n) + data
        for fields_ in (b"\x08\x05\x10\x02" + payload, b"\x08\x05" + payload + b"\x22\x01x",
                        b"\x08\x05\x10\x01\x1a\x01x\x22" + varint(n) + data, b"\x08\x05\x1a" + varint(n, 3) + data,
                        b"\x08\x05\x22" + varint(n) + data, b"\x08\x85\x01" + payload):
            out.append(framed(b"\x1a" + framed(fields_)))
            out.append(framed(b"\x1a" + framed(fields_) + b"\x0a\x00"))
        out.append(framed(b"\x1a\x02\x08\x05\x22" + varint(n) + data))
        out.append(framed(b"\x0a" + framed(b"\x22" + varint(n) + data)))
        out.append(framed(b"\x1a" + framed(b"\x10\x01" + payload)))
    return out


def streams(dialect):
    make, control, bodies = (proto, PROTO_CONTROL, PROTO_EDGES) if dialect == "proto" else (amino, AMINO_CONTROL, AMINO_EDGES)
    packets = [make(*case) for case in CASES]
    out = packets + control + edges(bodies) + PREFIX_EDGES + vectors(dialect)
    out.append(b"".join(packets[:8] + control))
    out.append(make(1, False, bytes(range(130))) + control[0] + make(1, True, bytes(range(120))))
    if dialect == "proto":
        out += near_misses()
    out.append(make(0x80, True, b"x" * 255))
    out.append(make(5, True, b"m" * 1024))
    return out


def node_infos():
    """The vectors, each whole and cut in the middle."""
    tests = json.loads((FUZZ.parent / "spec" / "vectors" / "nodeinfo.json").read_text())["tests"]
    return [bytes([cut + (t["dialect"] == "amino")]) + bytes.fromhex(t["hex"]) for t in tests
            if isinstance(t["hex"], str) for cut in (0, 126)]


def seeds():
    ids = bytes([3, 0, 0xFF, 0xFF, 1, 5, 0, 0x80, 0, 4])  # three (id, capacity)
    senders = bytes([0, 4, 0, 3, 0, 1, 1, 5, 0x20, 3, 0x80, 1])
    result = {
        "uvarint": [varint(x) for x in (0, 1, 127, 128, 300, 16383, 16384, 2**32 - 1, 2**63, 2**64 - 1)] + PREFIX_EDGES
        + [b"\x80\x00", b"\x81\x80\x80\x00", struct.pack("<Q", 2**56)],
        "packet_proto": [b"\x00" + s for s in streams("proto")] + [b"\x03" + s for s in edges(PROTO_EDGES[:12])],
        "packet_amino": [b"\x01" + s for s in streams("amino")] + [b"\x03" + s for s in edges(AMINO_EDGES[:12])],
        "framer": [bytes([mode]) + b"\x07\x01" + s for mode, name in ((0, "proto"), (35, "proto"), (17, "amino"), (51, "amino"))
                   for s in streams(name)],
        "roundtrip": [struct.pack("<BBIIB", f, c, n, limit, 3) + b"payload" for f in (0, 1, 2, 3, 6, 7, 8, 9)
                      for c, n, limit in ((0, 0, 1022), (1, 1, 1398), (127, 127, 62), (128, 128, 98), (255, 16384, 65534), (32, 2**23 - 2, 0))],
        "fragmentation": [struct.pack("<BBHBBB", mode, c, limit, k, extra, 1) for mode in (4, 5, 12, 13) for c in (0, 1, 128, 255)
                          for limit, k, extra in ((0, 3, 0), (1022, 2, 1), (126, 0, 0), (62, 20, 2))],
        "receiver": [bytes([mode]) + ids + program for mode in (0, 3, 16, 17) for program in (
            b"\x00\x05\x08\x06\x10\x03\x18\x04", b"\x02\x0a\xf3\xf3\xf3\xf3\xf3\xf3\xf3\xf3\xf3\xf3", b"\x05\x0d\x04\x09",
            b"\x06\x0e\x16\x1e\x26", b"\x01\x00\x04\x01\x00\x04\x09\x00\x01", b"\x07\x05\x02\x0a\x00\x02\x12")],
        "sender": [senders + program for program in (
            b"\x00\x10\x00\x10\x20\x00\x20\x30\x00\x02\x02\x02\x05\x02", b"\x01\xff\xff\xff\x7f\x02\x02\x06\x00\x02",
            b"\x07\x17\x27\x00\x00\x00\x10\x00\x00\x20\x00\x00\x02\x02\x02", b"\x00\x00\x08\x04\x00\x01\x04\x20\x08\x02")]
        + [b"\x05" + senders[1:] + b"\x00\x00\x08\x02\x02\x0e\x00\x00\x01\x02"],
        "connection": [bytes([mode]) + b"\x09\x02" + limit + b"\x04\x01\x05\x20\x03\x80\x01\xff\x07" + program
                       for mode, limit in ((0, b"\x10"), (1, b"\x40"), (2, b"\xfe\x03"), (3, b"\xfe\x03"))
                       for program in (b"\x00\x00\x01\x20\x02\x3f", b"\x80\x00\x04\x81\xff\x03\x82\x01\x04\x83\x00\x02", b"\x03\x00\x03\x3f")],
        "service": [bytes([resettable]) + bytes(events) for resettable in (0, 1) for events in (
            (0, 4, 1, 6, 3, 7, 0), (0, 1, 5, 6, 0, 3, 8, 3, 7), (0, 5, 0, 2, 4, 6, 2), (1, 3, 0, 0, 1, 1, 0, 4, 3, 6))],
        "nodeinfo": node_infos(),
        "canary": [b"", b"mcon"],
    }
    return result


def main():
    for target, inputs in seeds().items():
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        new = 0
        for data in inputs:
            path = folder / hashlib.sha1(data).hexdigest()
            if not path.exists():
                path.write_bytes(data)
                new += 1
        print(f"{target}: {len(inputs)} seeds, {new} new")
    canary = FUZZ / "regressions" / "canary"
    canary.mkdir(parents=True, exist_ok=True)
    (canary / "0001-magic.bin").write_bytes(b"mconn\x1a\x00!")


if __name__ == "__main__":
    main()
