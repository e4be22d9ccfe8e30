"""Runs Frama-C and reads what it says. Nothing is judged here; gates.py does that."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import normal
from .targets import PROOFS, ROOT, UsageError

PROVERS = "cvc5,cvc4,z3"
PARSE = ["-c11", "-machdep", "gcc_x86_64", "-kernel-warn-key", "annot-error=abort",
         "-no-unicode"]
WP = ["-wp", "-wp-rte", "-warn-unsigned-overflow", "-warn-signed-downcast", "-warn-unsigned-downcast",
      "-warn-right-shift-negative", "-warn-invalid-pointer", "-wp-model", "Typed", "-wp-par", "1", "-wp-no-pruning"]
# WP looks every 50 ms whether one of its -wp-par tasks is done. A cached verdict is done at once and starts no
# solver, so a replay takes up all goals together; one by one it would sleep for most of its time.
ALL_AT_ONCE = ["-wp-par", "1000"]
# A smoke test that passes is a solver that ran into its time-out, twice: the two wait side by side.
SMOKE = ["-wp-smoke-tests", "-wp-smoke-timeout", "1", "-wp-par", "2"]
WALL_SECONDS = 3600  # of one Frama-C run; a run that needs longer is an error, not a verdict
DONE = re.compile(r"^\[wp\] (?:\[(?P<by>[^\]]+)\] )?(?P<kind>Goal|Smoke-test) (?P<name>\S+)(?P<rest>.*)$")
SECONDS = re.compile(r"\((\d+(?:\.\d+)?)(ms|s)\)")
WARNING = re.compile(r"^\[[^\]]*\].*\b(?:Warning|Error|error|Failure|failure)\b")


@dataclass
class Goal:
    name: str
    by: str           # Qed, CFG, or the prover with its version; "" if not proved
    seconds: float = 0.0


@dataclass
class Run:
    status: int
    seconds: float
    log: str
    goals: list = field(default_factory=list)
    smoke: dict = field(default_factory=dict)       # name -> passed
    warnings: list = field(default_factory=list)
    hypotheses: list = field(default_factory=list)  # memory model hypotheses that WP prints
    annotated: set = field(default_factory=set)     # functions that WP and RTE took up
    rows: list = field(default_factory=list)        # property table: (place, function, kind, status, property)
    cached: int = 0
    scheduled: int = 0
    total: str = ""                                 # "proved / all", as WP printed it


def require_tools(solvers):
    """Raises UsageError unless Frama-C, and the solvers if they are needed, are installed."""
    need = ["frama-c", "gcc"] + (["cvc4", "z3", "cvc5"] if solvers else [])
    missing = [t for t in need if not shutil.which(t)]
    if missing:
        more = "" if "frama-c" in missing or not solvers else "; --replay needs no solver"
        raise UsageError(f"not installed: {', '.join(missing)}. Run tools/setup{more}.")


def versions():
    """Tool -> version line, for the results."""
    found = {}
    for tool, args in (("frama-c", ["-version"]), ("why3", ["--version"]), ("cvc4", ["--version"]),
                       ("z3", ["--version"]), ("cvc5", ["--version"])):
        if shutil.which(tool):
            out = subprocess.run([tool, *args], capture_output=True, text=True, check=False).stdout
            m = re.search(r"\d+\.\d+[^\s\]]*(?: \([A-Z][a-z]+\))?", out)
            found[tool] = m.group(0).rstrip(".") if m else "unknown"
    return found


def _cpp():
    dirs = ("spec", "src", "src/core", "proofs/theorems")
    return "-cpp-extra-args=" + " ".join(f"-I{ROOT / d}" for d in dirs)


def command(sources, extra):
    return ["frama-c", *PARSE, _cpp(), *[str(s) for s in sources], *extra]


RUNNING = set()  # process groups of Frama-C and its solvers


def _kill(group):
    if group in RUNNING:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def kill_all():
    for group in list(RUNNING):
        _kill(group)


def _call(cmd, stop_at=None):
    """Runs cmd in a process group of its own; returns (status, output, seconds). Stops early at stop_at."""
    env = dict(os.environ, WHY3CONFIG=str(PROOFS / "why3.conf"), LC_ALL="C.UTF-8")
    begin, lines = time.monotonic(), []
    with subprocess.Popen(cmd, cwd=ROOT, env=env, text=True, errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True) as p:
        RUNNING.add(p.pid)
        alarm = threading.Timer(WALL_SECONDS, _kill, [p.pid])
        alarm.start()
        for line in p.stdout:
            lines.append(line)
            if stop_at and stop_at(line):
                _kill(p.pid)
                break
        status = p.wait()
        alarm.cancel()
        RUNNING.discard(p.pid)
    return status, "".join(lines), time.monotonic() - begin


def print_normal_form(sources):
    """The Unit of the sources, or raises UsageError with what Frama-C said."""
    with tempfile.NamedTemporaryFile(prefix="mconn-normal-", suffix=".c") as out:
        status, log, _ = _call(command(sources, ["-print", "-ocode", out.name]))
        text = Path(out.name).read_text(encoding="utf8")
    return status, log, normal.parse(text) if "Generated by Frama-C" in text else None


def _read_goal(run, m):
    valid = ": Valid" in m["rest"]
    if m["kind"] == "Smoke-test":
        run.smoke[m["name"]] = run.smoke.get(m["name"], True) and m["by"] == "Passed"
        return
    spent = [float(n) / (1000 if u == "ms" else 1) for n, u in SECONDS.findall(m["rest"])]
    run.goals.append(Goal(m["name"], m["by"] if valid else "", spent[-1] if spent else 0.0))


def _read_log(run):
    lines = run.log.split("\n")
    for i, line in enumerate(lines):
        m = DONE.match(line)
        if m:
            _read_goal(run, m)
        elif m := re.match(r"\[wp\] Proved goals: +(\d+ / \d+)", line):
            run.total = m.group(1)
        elif m := re.match(r"\[wp\] (\d+) goals? scheduled", line):
            run.scheduled = int(m.group(1))
        elif m := re.match(r"\[wp\] \[Cache\] found:(\d+)", line):
            run.cached = int(m.group(1))
        elif m := re.match(r"\[rte:annot\] annotating function (\w+)", line):
            run.annotated.add(m.group(1))
        elif "Memory model hypotheses for function" in line:
            run.hypotheses.append(_block(lines, i))
        elif WARNING.match(line) and "Failed smoke-test" not in line:
            run.warnings.append(_block(lines, i))


def _block(lines, i):
    """A message and its continuation lines, folded."""
    j = i + 1
    while j < len(lines) and lines[j] and not lines[j].startswith("["):
        j += 1
    return normal.fold(" ".join(lines[i:j]))


def _read_table(path):
    """Rows of the property table for the project's own files; a cell may contain line breaks."""
    rows = []
    if not path.is_file():
        return rows
    for line in path.read_text(encoding="utf8").split("\n")[1:]:
        cell = line.split("\t")
        if len(cell) >= 7:
            rows.append([f"{cell[0]}/{cell[1]}:{cell[2]}", cell[3], cell[4], cell[5], cell[6]])
        elif rows:
            rows[-1][4] += " " + line.strip()
    return [tuple(r) for r in rows if not r[0].startswith("FRAMAC_SHARE")]


def prove(sources, timeout, cache="none", cache_dir=None, provers=PROVERS, extra=(), stop_at=None):
    """One WP run."""
    with tempfile.TemporaryDirectory(prefix="mconn-prove-") as tmp:
        table = Path(tmp) / "properties.csv"
        args = [*WP, "-wp-prover", provers, "-wp-timeout", str(timeout), "-wp-cache", cache]
        args += ["-wp-cache-dir", str(cache_dir)] if cache_dir else []
        args += [*extra, "-then", "-report-untried", "-report-csv", str(table)]
        status, log, seconds = _call(command(sources, args), stop_at)
        run = Run(status, seconds, log)
        run.rows = _read_table(table)
    _read_log(run)
    return run


def reread(run, log):
    """The same run with another log (must-fail cases)."""
    again = Run(run.status, run.seconds, log, rows=run.rows)
    _read_log(again)
    return again


def smoke(sources, timeout, cache_dir):
    """The smoke tests: is False provable at some point? Goals proper are answered by the cache."""
    return prove(sources, timeout, "replay", cache_dir, provers="cvc5,cvc4", extra=SMOKE)
