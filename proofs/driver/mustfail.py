"""Canaries: for every gate an input that this gate must refuse (proofs/mustfail/cases.toml)."""
import concurrent.futures
import json
import os
import sys
import time
import tomllib

from . import framac, gates, report, targets
from .targets import PROOFS, ROOT, UsageError

HERE = PROOFS / "mustfail"
TARGET_KEYS = ("floor", "smoke_floor", "open", "requirements")


def _sources(names):
    return [str((HERE / n).relative_to(ROOT)) for n in names]


def _target(name, case):
    given = {k: case[k] for k in TARGET_KEYS if k in case}
    return targets.Target(**{"stem": name, "sources": _sources(case["sources"]), "claim": "-", "unproved": "-",
                             "floor": 1, "timeout": 1, **given})


def _unit(sources):
    status, log, unit = framac.print_normal_form(sources)
    if status != 0 or unit is None:
        raise UsageError(f"must-fail case does not parse: {log[-500:]}")
    return unit


def _prove(target, case):
    """A run without solvers; or a recorded log of this very file, which was then tampered with."""
    run = framac.prove(target.sources, 1, "offline", extra=case.get("options", []))
    if "log" in case:
        run = framac.reread(run, (HERE / case["log"]).read_text(encoding="utf8"))
    return run


def _layer(layer, target, unit, case):
    if layer == "structure":
        return gates.structure(target, unit, targets.reviewed_recursions())
    if layer == "world":
        units = {target.stem: unit}
        if "beside" in case:
            units["beside"] = _unit(_sources(case["beside"]))
        return gates.closed_world(target.stem, units)
    if layer == "project":
        where = _sources(case.get("directories", []))
        units = {target.stem: unit, **({"beside": _unit(_sources(case["beside"]))} if "beside" in case else {})}
        return gates.whole_project({target.stem: target}, units, where)
    if layer == "smoke":
        extra = ["-wp-smoke-tests", "-wp-smoke-timeout", "1"]
        return gates.smoke(target, framac.prove(target.sources, 1, "offline", extra=extra))
    run = _prove(target, case)
    if layer == "proof":
        return gates.verdict(target, unit, run, case.get("mode", "update"))
    row = report.result(target, unit, run, None, "replay", {})
    old = row if case["old"].get("same") else {**row, **case["old"]}
    return report.stale_result("replay", row, old)


def _judge(name, case):
    target = _target(name, case)
    unit = _unit(target.sources)
    found = [f for layer in case["layer"].split() for f in _layer(layer, target, unit, case)]
    wanted, got = {case["gate"]} - {""}, {f.gate for f in found}
    return wanted <= got <= wanted | set(case.get("also", [])), found


def main(as_json):
    begin = time.monotonic()
    cases = tomllib.loads((HERE / "cases.toml").read_text(encoding="utf8"))
    silent = set(gates.NAMES) - {c["gate"] for c in cases.values()}
    unknown = {c["gate"] for c in cases.values()} - set(gates.NAMES) - {""}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        judged = list(pool.map(_judge, cases.keys(), cases.values()))
    rows = []
    for (name, case), (ok, found) in zip(cases.items(), judged):
        rows.append({"case": name, "gate": case["gate"], "ok": ok, "found": [f._asdict() for f in found]})
        said = "; ".join(f"{f.gate}: {f.message[:70]}" for f in found) or "nothing found"
        print(f"{'ok  ' if ok else 'FAIL'} {name}: wants {case['gate'] or 'nothing'}; {said}", file=sys.stderr)
    bad = [r["case"] for r in rows if not r["ok"]]
    for gate in sorted(silent | unknown):
        print(f"FAIL gate '{gate}': {'no case' if gate in silent else 'unknown'}", file=sys.stderr)
    print(f"{len(rows)} cases for {len(gates.NAMES)} gates, {len(bad)} wrong, {len(silent | unknown)} gates without "
          f"a case, {time.monotonic() - begin:.0f} s", file=sys.stderr)
    if as_json:
        json.dump(rows, sys.stdout, indent=1)
        print()
    return 1 if bad or silent or unknown else 0
