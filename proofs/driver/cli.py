"""Command line of the proof driver."""
import argparse
import concurrent.futures
import json
import os
import signal
import sys
import threading

from . import framac, gates, mustfail, mutants, report, store, targets
from .targets import UsageError

EPILOG = """examples:
  proofs/prove --list                   stems, what each claims, what it leaves open
  proofs/prove --stem field             prove one stem; what was proved before is not asked again
  proofs/prove --replay                 check everything against the committed cache; no solver needed
  proofs/prove --from-scratch --jobs 2  prove everything anew; writes proofs/results and proofs/cache
  proofs/prove --smoke --stem ping      look for contradictory hypotheses and dead code
  proofs/prove --mustfail               show that every gate can fail
  proofs/prove --mutants --stem ping    put bugs into ping.c and see each one refused

exit status: 0 proved, 1 not proved, 2 wrong use or missing tool"""


def arguments(argv):
    p = argparse.ArgumentParser(prog="proofs/prove", description="Proves the core with Frama-C WP and judges the run.",
                                epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = p.add_mutually_exclusive_group()
    mode.add_argument("--list", action="store_true", help="list the stems")
    mode.add_argument("--structure", action="store_true", help="only the gates that need no proof (seconds)")
    mode.add_argument("--replay", action="store_true", help="committed cache only, no solver is run")
    mode.add_argument("--from-scratch", action="store_true", help="no cached verdict is used; smoke tests included")
    mode.add_argument("--mustfail", action="store_true", help="every gate must refuse its own bad input")
    mode.add_argument("--mutants", action="store_true", help="every seeded bug must be refused")
    p.add_argument("--smoke", action="store_true", help="smoke tests too (always with --from-scratch)")
    p.add_argument("--stem", action="append", metavar="NAME", help="only this stem (repeatable)")
    p.add_argument("--jobs", type=int, default=1, metavar="N", help="stems side by side (default 1)")
    p.add_argument("--shard", metavar="I/N", help="with --mutants: the I-th of N shares, counted from 1")
    p.add_argument("--missing", action="store_true", help="with --mutants: only those not yet judged with these sources")
    p.add_argument("--json", action="store_true", help="results as JSON on standard output")
    args = p.parse_args(argv)
    if args.shard and not args.mutants:
        p.error("--shard goes with --mutants")
    if args.missing and not args.mutants:
        p.error("--missing goes with --mutants")
    if args.jobs < 1:
        p.error("--jobs: at least 1")
    return args


def choose(all_targets, stems):
    for s in stems or []:
        if s not in all_targets:
            raise UsageError(f"no stem '{s}'; proofs/prove --list shows them")
    return {s: t for s, t in all_targets.items() if not stems or s in stems}


def read_units(all_targets):
    """Normal form of every stem: the closed-world gates need all of them. Seconds, no solver."""
    def read(target):
        status, log, unit = framac.print_normal_form(target.sources)
        if status != 0 or unit is None:
            raise UsageError(f"[{target.stem}] frama-c cannot read {' '.join(target.sources)}:\n{log.strip()[-2000:]}")
        return unit

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(all_targets, pool.map(read, all_targets.values())))


def prove_stem(target, unit, mode, smoke):
    """(findings, run, smoke run or None) of one stem."""
    how = {"replay": "offline", "from-scratch": "rebuild", "update": "update"}[mode]
    with store.cache_dir(target.stem, mode != "from-scratch", mode == "update") as cache:
        extra = framac.ALL_AT_ONCE if mode == "replay" else []
        run = framac.prove(target.sources, target.timeout, how, cache, extra=extra)
        found = list(gates.verdict(target, unit, run, mode))
        smoked = framac.smoke(target.sources, target.timeout, cache) if smoke and not found else None
        if smoked:
            found += gates.smoke(target, smoked)
        if mode == "from-scratch" and not found:
            store.keep_committed(target.stem, cache)
        elif mode != "replay":
            store.keep_local(target.stem, cache)
    return found, run, smoked


def longest_first(chosen):
    def seconds(stem):
        old = store.read_result(stem)
        return -(old["seconds"] if old else 1e9)
    return sorted(chosen, key=seconds)


def prove_all(args, chosen, units, findings):
    mode = "replay" if args.replay else "from-scratch" if args.from_scratch else "update"
    smoke = args.smoke or args.from_scratch
    framac.require_tools(solvers=mode != "replay" or smoke)
    tools, lock, rows = framac.versions(), threading.Lock(), []

    def one(stem):
        found, run, smoked = prove_stem(chosen[stem], units[stem], mode, smoke)
        row = report.result(chosen[stem], units[stem], run, smoked, mode, tools)
        found = findings[stem] + found
        if mode == "from-scratch" and not found:
            store.write_result(stem, row)
        else:
            found += report.stale_result(mode, row, store.read_result(stem))
        with lock:
            rows.append(row)
            report.print_stem(chosen[stem], row, found, sys.stderr)
            findings[stem] = found

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(one, longest_first(chosen)))
    return sorted(rows, key=lambda r: list(chosen).index(r["stem"]))


def structure_findings(all_targets, chosen, units):
    reviewed = targets.reviewed_recursions()
    found = {s: list(gates.structure(t, units[s], reviewed)) + list(gates.closed_world(s, units))
             for s, t in chosen.items()}
    return found, list(gates.whole_project(all_targets, units))


def run(args):
    all_targets = targets.load()
    chosen = choose(all_targets, args.stem)
    if args.list:
        report.print_list(chosen, args.json)
        return 0
    framac.require_tools(solvers=False)
    if args.mustfail:
        return mustfail.main(args.json)
    units = read_units(all_targets)
    if args.mutants:
        return mutants.main(chosen, units, args.shard, args.missing, args.json)
    findings, whole = structure_findings(all_targets, chosen, units)
    if args.structure:
        return report.print_structure(chosen, units, findings, whole, args.json)
    rows = prove_all(args, chosen, units, findings)
    report.print_total(rows, findings, whole, args.json)
    if args.from_scratch:
        report.write_summary(all_targets)
    return 1 if whole or any(findings.values()) else 0


def _terminated(_signal, _frame):
    framac.kill_all()  # the solvers run in process groups of their own
    os._exit(2)


def main(argv=None):
    signal.signal(signal.SIGTERM, _terminated)
    try:
        return run(arguments(argv))
    except UsageError as e:
        print(f"proofs/prove: {e}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        framac.kill_all()
        return 2
