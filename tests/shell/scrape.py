#!/usr/bin/env python3
"""Scrapes shell_metrics over HTTP and reads the answer with the parser of Prometheus' own client library."""
import os
import subprocess
import sys
import urllib.error
import urllib.request

DEBIAN = "/usr/bin/python3"  # has the packages that tools/setup installs, whatever python3 is first in the path

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    if sys.executable == DEBIAN or not os.path.exists(DEBIAN):
        sys.exit("python3-prometheus-client is not installed (tools/setup installs it)")
    os.execv(DEBIAN, [DEBIAN, *sys.argv])

PEER = "730a5edc28c2f8daf2d9dce3a01d5f205e35e555"
WANTED = {
    ("cometbft_p2p_peers", "gauge"): {(): 1},
    ("cometbft_p2p_peer_receive_bytes", "counter"): {("0x0", PEER): 1, ("0x20", PEER): 123},
    ("cometbft_p2p_peer_send_bytes", "counter"): {("0xff", PEER): 7},
    ("cometbft_p2p_peer_pending_send_bytes", "gauge"): {(PEER,): 3},
    ("cometbft_p2p_peer_send_queue_size", "gauge"): {(PEER,): 3},
}


def status(url, **more):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, **more), timeout=20).status
    except urllib.error.HTTPError as e:
        return e.code


def main():
    with subprocess.Popen([sys.argv[1], "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        base = f"http://127.0.0.1:{int(server.stdout.readline())}"
        with urllib.request.urlopen(f"{base}/metrics", timeout=20) as answer:
            kind, text = answer.headers["Content-Type"], answer.read().decode()
        others = [status(f"{base}/"), status(f"{base}/metrics", method="POST", data=b"x")]
        server.stdin.close()
        ended = server.wait(timeout=60)
    got = {(f.name, f.type): {tuple(s.labels[k] for k in sorted(s.labels)): s.value for s in f.samples}
           for f in text_string_to_metric_families(text)}
    assert got == WANTED, got
    assert kind.startswith("text/plain; version=0.0.4"), kind
    assert others == [404, 405], others
    assert ended == 0, ended
    print(f"{len(got)} metrics as wanted")


if __name__ == "__main__":
    main()
