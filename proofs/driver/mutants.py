"""Seeded bugs: a contract is worth what it refuses.

A mutant is one textual change of one function (proofs/mutants/STEM.toml). Only that function is proved
again; the goals that the change leaves as they are need no solver again, since the unmutated function was
proved in the same run. It is killed when a goal is no longer proved; a run that breaks, or that only has
fewer goals, kills nothing. The unmutated functions must be green under the same time-out, or the score
would count the prover's slowness as strength of the contract."""
import json
import re
import sys
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path

from . import framac, store
from .normal import fold
from .targets import PROOFS, ROOT, UsageError

HERE = PROOFS / "mutants"
LEAST = 3      # mutants per function
TIMEOUT = 6    # seconds per goal and prover; a file may ask for more, for a function that needs it


def _read(stem):
    path = HERE / f"{stem}.toml"
    if not path.is_file():
        return {}, []
    try:
        data = tomllib.loads(path.read_text(encoding="utf8"))
    except tomllib.TOMLDecodeError as e:
        raise UsageError(f"{path}: {e}") from e
    for m in data["mutant"]:
        if set(m) != {"function", "bug", "old", "new"}:
            raise UsageError(f"{path}: a mutant has exactly function, bug, old, new: {m}")
    return data.get("timeout", {}), data["mutant"]


def _apply(text, mutant):
    """The mutated file, or None if the old text is not there exactly once within the function."""
    m = re.search(rf"(?m)^[^\s/*][^;{{}}]*\b{mutant['function']}\s*\([^;{{}}]*\)\s*\{{.*?^\}}", text, flags=re.S)
    if not m or m.group(0).count(mutant["old"]) != 1:
        return None
    return text[:m.start()] + m.group(0).replace(mutant["old"], mutant["new"]) + text[m.end():]


def _stop(line):
    """The first goal that is not proved decides."""
    m = framac.DONE.match(line)
    return bool(m) and ": Valid" not in m["rest"]


def _baseline(target, functions, timeouts, cache):
    """Functions that are not proved, unmutated, within the time-out of the mutants. Fills the cache."""
    red = {}
    for f in functions:
        run = framac.prove(target.sources, timeouts.get(f, TIMEOUT), "update", cache, extra=["-wp-fct", f])
        left = [g.name for g in run.goals if not g.by]
        if left or run.status != 0 or not run.goals:
            red[f] = left or [fold(run.log[-200:])]
    return red


def _one(target, mutant, timeouts, cache):
    """One row of the result."""
    row = {"stem": target.stem, **mutant}
    source = ROOT / target.sources[0]
    text = _apply(source.read_text(encoding="utf8"), mutant)
    if text is None:
        return {**row, "outcome": "STALE", "by": "", "seconds": 0}
    with tempfile.TemporaryDirectory(prefix="mconn-mutant-") as tmp:
        path = Path(tmp) / source.name
        path.write_text(text, encoding="utf8")
        limit = timeouts.get(mutant["function"], TIMEOUT)
        run = framac.prove([path], limit, "replay", cache, extra=["-wp-fct", mutant["function"]], stop_at=_stop)
    left = [g.name for g in run.goals if not g.by]
    if left:
        outcome = "killed"
    elif run.status != 0 or not run.goals:
        outcome, left = "BROKEN", [fold(run.log[-200:])]
    else:
        outcome = "SURVIVED"
    return {**row, "outcome": outcome, "by": (left or [""])[0], "seconds": round(run.seconds, 1)}


def _thin(stem, functions, mutants):
    """Functions with too few mutants, and mutants of functions that do not exist."""
    have = Counter(m["function"] for m in mutants)
    for f in functions:
        if have[f] < LEAST:
            yield f"{stem}: {f}: {have[f]} mutants, at least {LEAST} expected"
    for f in sorted(set(have) - set(functions)):
        yield f"{stem}: no function {f}"


def _share(rows, shard):
    if not shard:
        return rows
    m = re.fullmatch(r"([0-9]+)/([0-9]+)", shard)
    if not m or not 1 <= int(m[1]) <= int(m[2]):
        raise UsageError(f"--shard {shard}: want I/N with 1 <= I <= N")
    return rows[int(m[1]) - 1::int(m[2])]


def _not_judged(stem, mutants, unit):
    """Those without a verdict about the present sources."""
    old = store.read_result("mutants") or {"rows": []}
    have = {_key(r) for r in old["rows"] if r["outcome"] == "killed" and r["fingerprint"] == unit.fingerprint()}
    return [m for m in mutants if _key({"stem": stem, **m}) not in have]


def _run_stem(target, mutants, timeouts, keep):
    rows = []
    with tempfile.TemporaryDirectory(prefix="mconn-cache-") as cache:
        red = _baseline(target, sorted({m["function"] for m in mutants}), timeouts, cache)
        for f, left in red.items():
            print(f"BASELINE RED {target.stem} {f}: {left[0]}", file=sys.stderr, flush=True)
        for m in mutants:
            row = _one(target, m, timeouts, cache)
            if m["function"] in red and row["outcome"] == "killed":
                row["outcome"] = "UNJUDGED"
            rows.append(row)
            keep([row])
            print(f"{row['outcome']:8} {target.stem} {m['function']}: {m['bug']} ({row['by'] or '-'}, "
                  f"{row['seconds']:.0f} s)", file=sys.stderr, flush=True)
    return red, rows


def _key(row):
    return row["stem"], row["function"], row["old"], row["new"]


def _keep(rows, units, stems):
    """Merges the rows of these stems into results/mutants.json, and drops what is not of the present sources.

    Of other stems only rows of deleted mutants fall out: another run may be judging them at this moment."""
    prints = {s: u.fingerprint() for s, u in units.items()}
    order = [_key({"stem": s, **m}) for s in prints for m in _read(s)[1]]
    listed = set(order)
    with store.locked("mutants"):
        old = store.read_result("mutants") or {"rows": []}
        kept = {_key(r): r for r in old["rows"] if _key(r) in listed and
                (r["stem"] not in stems or r["fingerprint"] == prints[r["stem"]])}
        kept.update({_key(r): {**r, "fingerprint": prints[r["stem"]]} for r in rows if r["stem"] in stems})
        rows = [kept[k] for k in order if k in kept]
        store.write_result("mutants", {
            "outcomes": dict(sorted(Counter(r["outcome"] for r in rows).items())), "not_run": len(order) - len(rows),
            "seconds": round(sum(r["seconds"] for r in rows)), "timeout": TIMEOUT, "rows": rows})


def main(chosen, units, shard, missing, as_json):
    begin, rows, red, thin = time.monotonic(), [], {}, []
    framac.require_tools(solvers=True)
    _keep([], units, set(units))
    for stem, target in chosen.items():
        if not target.sources[0].startswith("src/core/"):
            continue
        timeouts, mutants = _read(stem)
        functions = [n for n, f in units[stem].defined().items() if not f.ghost]
        thin += _thin(stem, functions, mutants)
        mutants = _not_judged(stem, mutants, units[stem]) if missing else mutants
        r, done = _run_stem(target, _share(mutants, shard), timeouts, lambda row, s=stem: _keep(row, units, {s}))
        red.update(r)
        rows += done
    for line in thin:
        print(f"TOO FEW  {line}", file=sys.stderr)
    outcomes = Counter(r["outcome"] for r in rows)
    print(f"{len(rows)} mutants: " + ", ".join(f"{n} {o}" for o, n in sorted(outcomes.items())) +
          f"; {len(red)} functions with a red baseline, {len(thin)} remarks, {time.monotonic() - begin:.0f} s",
          file=sys.stderr)
    if as_json:
        json.dump(rows, sys.stdout, indent=1)
        print()
    return 0 if outcomes["killed"] == len(rows) and not red and not thin else 1
