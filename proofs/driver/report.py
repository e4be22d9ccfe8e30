"""Results as data, and as text for a person."""
import datetime
import json
import re
import sys

from . import framac, gates, store

HELP = {
    "unproved": "proofs/README.md, 'A goal fails'",
    "results": "run proofs/prove --from-scratch --stem NAME and commit proofs/results and proofs/cache",
}


def function_of(goal, unit):
    """The function (or lemma) that a goal belongs to; goal names begin with it."""
    name = re.sub(r"^typed_", "", goal)
    if name.startswith("lemma_"):
        return "lemmas"
    fits = [f for f in unit.functions if name == f or name.startswith(f + "_")]
    return max(fits, key=len, default="?")


def _per_function(goals, unit):
    table = {}
    for g in goals:
        row = table.setdefault(function_of(g.name, unit), {"goals": 0, "proved": 0, "provers": {}})
        row["goals"] += 1
        row["proved"] += bool(g.by)
        if g.by:
            row["provers"][g.by] = row["provers"].get(g.by, 0) + 1
    return table


def result(target, unit, run, smoked, mode, tools):
    provers = {}
    for g in run.goals:
        if g.by:
            provers[g.by] = provers.get(g.by, 0) + 1
    slow = max(run.goals, key=lambda g: g.seconds, default=None)
    return {
        "stem": target.stem, "claim": target.claim, "unproved": target.unproved, "open": target.open,
        "goals": len(run.goals), "proved": sum(bool(g.by) for g in run.goals),
        "smoke": len(smoked.smoke) if smoked else None,
        "smoke_passed": sum(smoked.smoke.values()) if smoked else None,
        "properties": len(run.rows), "provers": provers, "functions": _per_function(run.goals, unit),
        "assumed": gates.assumed(unit), "recursive_logic": unit.recursive_logic(),
        "memory_hypotheses": run.hypotheses,
        "slowest": {"goal": slow.name, "seconds": slow.seconds} if slow else None,
        "seconds": round(run.seconds, 1), "smoke_seconds": round(smoked.seconds, 1) if smoked else None,
        "timeout": target.timeout, "mode": mode, "date": datetime.date.today().isoformat(), "tools": tools,
        "options": " ".join(framac.WP), "fingerprint": unit.fingerprint(),
    }


def stale_result(mode, row, old):
    """results: what is committed was measured on these very sources (judged when replaying)."""
    if mode != "replay":
        return []
    if old is None:
        return [gates.Finding("results", "no committed result")]
    if old["fingerprint"] != row["fingerprint"]:
        return [gates.Finding("results", "the committed result is of other sources")]
    if (old["goals"], old["proved"]) != (row["goals"], row["proved"]):
        return [gates.Finding("results", f"committed {old['proved']} / {old['goals']}, "
                                         f"now {row['proved']} / {row['goals']}")]
    return []


def print_findings(found, out):
    for f in found:
        print(f"    {f.gate}: {f.message}", file=out)
    for gate in sorted({f.gate for f in found} & set(HELP)):
        print(f"    help on {gate}: {HELP[gate]}", file=out)


def print_stem(target, row, found, out):
    word = "NOT PROVED" if found else "proved with open goals" if target.open else "proved"
    smoke = "" if row["smoke"] is None else f", smoke tests {row['smoke_passed']} / {row['smoke']}"
    print(f"{target.stem}: {word}, goals {row['proved']} / {row['goals']}{smoke}, {row['seconds']:.0f} s", file=out)
    print(f"    claim:    {target.claim}", file=out)
    print(f"    unproved: {target.unproved}", file=out)
    if row["assumed"]:
        print(f"    assumes the contracts of: {' '.join(row['assumed'])}", file=out)
    if row["goals"] > target.floor or (row["smoke"] or 0) > target.smoke_floor:
        print(f"    note: floors {target.floor} and {target.smoke_floor} could be raised", file=out)
    print_findings(found, out)
    out.flush()


def print_total(rows, findings, whole, as_json):
    print_findings(whole, sys.stderr)
    bad = [s for s, f in findings.items() if f]
    goals, proved = sum(r["goals"] for r in rows), sum(r["proved"] for r in rows)
    smoke, passed = (sum(r[k] or 0 for r in rows) for k in ("smoke", "smoke_passed"))
    print(f"{len(rows)} stems: goals {proved} / {goals}, smoke tests {passed} / {smoke}, "
          f"{'NOT PROVED: ' + ' '.join(bad or ['the project as a whole']) if bad or whole else 'all gates pass'}",
          file=sys.stderr)
    if as_json:
        json.dump({"stems": rows, "findings": {s: [f._asdict() for f in v] for s, v in findings.items()},
                   "project": [f._asdict() for f in whole]}, sys.stdout, indent=1)
        print()


def print_list(chosen, as_json):
    if as_json:
        json.dump([vars(t) for t in chosen.values()], sys.stdout, indent=1)
        print()
        return
    for t in chosen.values():
        ids = " ".join(t.requirements + [f"theorem {n}" for n in t.theorems])
        print(f"{t.stem}: {' '.join(t.sources)} (at least {t.floor} goals)\n    claim:    {t.claim}\n"
              f"    unproved: {t.unproved}\n    for:      {ids or '-'}")


def print_structure(chosen, units, findings, whole, as_json):
    for stem in chosen:
        unit = units[stem]
        print(f"{stem}: {len(unit.defined())} functions, {sum(len(f.loops) for f in unit.defined().values())} loops, "
              f"recursive logic: {' '.join(unit.recursive_logic()) or '-'}", file=sys.stderr)
        print_findings(findings[stem], sys.stderr)
    print_findings(whole, sys.stderr)
    if as_json:
        json.dump({s: [f._asdict() for f in v] for s, v in findings.items()}, sys.stdout, indent=1)
        print()
    return 1 if whole or any(findings.values()) else 0


def write_summary(all_targets):
    """results/summary.md: generated, so that no figure is typed."""
    rows = [r for r in (store.read_result(s) for s in all_targets) if r]
    lines = ["# What is proved", "", "Written by `proofs/prove --from-scratch`; do not edit.", "",
             "| Stem | Goals proved | Open | Smoke tests | Seconds | Slowest goal (s) | Assumed contracts |",
             "|---|---|---|---|---|---|---|"]
    for r in rows:
        lines.append(f"| {r['stem']} | {r['proved']} / {r['goals']} | {len(r['open'])} | "
                     f"{r['smoke_passed']} / {r['smoke']} | {r['seconds']:.0f} + {r['smoke_seconds']:.0f} | "
                     f"{r['slowest']['seconds']:.1f} | {', '.join(r['assumed']) or '-'} |")
    total = {k: sum(r[k] for r in rows) for k in ("proved", "goals", "smoke", "smoke_passed", "seconds",
                                                  "smoke_seconds")}
    lines.append(f"| **all {len(rows)}** | {total['proved']} / {total['goals']} | {sum(len(r['open']) for r in rows)} "
                 f"| {total['smoke_passed']} / {total['smoke']} | {total['seconds']:.0f} + "
                 f"{total['smoke_seconds']:.0f} | | |")
    provers = {}
    for r in rows:
        for p, n in r["provers"].items():
            provers[p] = provers.get(p, 0) + n
    lines += ["", "Goals by prover: " + ", ".join(f"{p} {n}" for p, n in sorted(provers.items())) + ".", "",
              "## Claims", ""]
    for r in rows:
        lines.append(f"- **{r['stem']}**: {r['claim']} Not proved: {r['unproved']}")
    (store.RESULTS / "summary.md").write_text("\n".join(lines) + "\n", encoding="utf8")
