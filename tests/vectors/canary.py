#!/usr/bin/env python3
"""Shows that the vectors test can fail: canary.py TEST_VECTORS

In each round one expected value of every vector is changed (a number, a truth, a byte, a name), and the test program
must report every one of them by its id. A vector that is not reported is a vector that tests nothing."""
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "spec" / "vectors"
# What a vector of each kind expects; everything else in it is input.
EXPECTED = {
    "stream": ["packets", "end"], "uvarint": ["state", "n", "value"], "header": ["header", "wire"],
    "packet_max": ["upstream", "accept"], "fragmentation": ["fragments"], "choice": ["pick"], "decay": ["after"],
    "channel": ["error", "at", "filled"], "receiver": ["events", "end"],
    "address": ["error", "at", "node_id", "host", "port", "bracketed"], "routable": ["routable"], "reconnect": ["delays"],
    "nodeinfo": ["end", "info", "encoded", "rule"], "nodeinfo_pair": ["error"],
}
NAMES = {"ping": "pong", "pong": "ping", "fragment": "ping", "msg": "ping", "clean": "need_more", "need_more": "clean",
         "ok": "more", "more": "ok", "over": "long", "long": "over", "refused": "clean",
         "whole": "clean"}
ROUNDS = 8


def leaves(value, path=()):
    """Paths of the expected values below `value`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, path + (key,))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, path + (index,))
    else:
        yield path


def changed(leaf):
    if leaf is None:
        return 0
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int):
        return leaf + 1
    if leaf in NAMES:
        return NAMES[leaf]
    if leaf.startswith("MCONN_"):
        return "MCONN_E_GROUP" if leaf != "MCONN_E_GROUP" else "MCONN_E_UINT8"
    if leaf.isdigit() and not leaf.startswith("0"):
        return str(int(leaf) - 1)
    return "00" if leaf in ("", "01") else ("1" if leaf[0] != "1" else "2") + leaf[1:]


def spoil(kind, test, turn):
    """Changes one expected value of the vector; false if it expects nothing by value."""
    paths = [path for key in EXPECTED[kind] if key in test for path in leaves(test[key], (key,))]
    if not paths:
        return False
    path = paths[turn % len(paths)]
    for step in path[:-1]:
        test = test[step]
    test[path[-1]] = changed(test[path[-1]])
    if path == ("end", "state"):  # a state comes with its own members
        test.update({"offset": 0, "least": 1, "error": "MCONN_E_GROUP"} | test)
    return True


def run(program, folder):
    done = subprocess.run([program, str(folder)], capture_output=True, text=True, timeout=300)
    return done.returncode, set(re.findall(r"^  (\S+) \(MC-", done.stderr, re.M))


def main():
    program = sys.argv[1]
    faults, spoilt = [], 0
    status, reported = run(program, VECTORS)
    if status != 0 or reported:
        faults.append("the vectors as they are do not pass")
    for path in sorted(VECTORS.glob("*.json")):
        if path.name == "schema.json":
            continue
        whole = json.loads(path.read_text(encoding="utf-8"))
        for turn in range(ROUNDS):
            doc = copy.deepcopy(whole)
            ids = {test["id"] for test in doc["tests"] if spoil(doc["kind"], test, turn)}
            with tempfile.TemporaryDirectory() as folder:
                (pathlib.Path(folder) / path.name).write_text(json.dumps(doc), encoding="utf-8")
                status, reported = run(program, folder)
            spoilt += len(ids)
            faults += [f"{path.name}: round {turn}: {name} is spoilt and passes" for name in sorted(ids - reported)]
            if status == 0 or not ids:
                faults.append(f"{path.name}: round {turn}: the test program succeeds")
    print("\n".join(faults[:40]))
    print(f"{spoilt} spoilt vectors, {len(faults)} not seen")
    return 1 if faults or not spoilt else 0


if __name__ == "__main__":
    sys.exit(main())
