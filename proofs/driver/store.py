"""Cached verdicts and committed results.

WP keeps one small file per goal; here they are packed, one file per stem, so that a change shows up in
a review as lines of text. Only a run from scratch writes the committed cache; other runs leave what they
found in build/proofs/, which nobody has to trust."""
import contextlib
import fcntl
import json
import re
import tempfile
from pathlib import Path

from .targets import PROOFS, ROOT

CACHE = PROOFS / "cache"
RESULTS = PROOFS / "results"
SCRATCH = ROOT / "build" / "proofs"


@contextlib.contextmanager
def locked(name):
    """One run at a time changes the results of this name."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with open(SCRATCH / f"{name}.lock", "w", encoding="utf8") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def _read(path):
    return json.loads(path.read_text(encoding="utf8")) if path.is_file() else {}


def _write(path, entries):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{json.dumps(k)}: {json.dumps(entries[k], sort_keys=True)}" for k in sorted(entries)]
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf8")


@contextlib.contextmanager
def cache_dir(stem, committed=True, local=True):
    """A directory as WP wants it, filled from the committed cache and from what earlier runs left."""
    entries = {}
    if committed:
        entries.update(_read(CACHE / f"{stem}.json"))
    if local:
        entries.update(_read(SCRATCH / f"{stem}.json"))
    with tempfile.TemporaryDirectory(prefix="mconn-cache-") as tmp:
        for name, value in entries.items():
            (Path(tmp) / f"{name}.json").write_text(json.dumps(value), encoding="utf8")
        yield Path(tmp)


def _verdict(text):
    """WP writes a whole number of seconds as `20.`, which is no JSON."""
    return json.loads(re.sub(r"(?<=[0-9]\.)(?=[\s,}])", "0", text))


def _collect(directory):
    return {p.stem: _verdict(p.read_text(encoding="utf8")) for p in sorted(directory.glob("*.json"))}


def keep_committed(stem, directory):
    _write(CACHE / f"{stem}.json", _collect(directory))


def keep_local(stem, directory):
    _write(SCRATCH / f"{stem}.json", _collect(directory))


def read_result(stem):
    return _read(RESULTS / f"{stem}.json") or None


def write_result(name, value):
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf8")
