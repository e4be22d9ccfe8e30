"""The gates: each looks for one way in which a green run could mean less than it seems.

A gate returns findings (gate name, message). Any finding makes the stem fail. proofs/mustfail/ holds,
for every gate, an input that this gate alone must refuse."""
import re
from collections import Counter, namedtuple

from .normal import fold
from .targets import PROVED_CODE, ROOT, unknown_requirements, unlisted

Finding = namedtuple("Finding", "gate message")
# Warnings that say nothing about the strength of the result: none so far. Every other one fails the stem.
HARMLESS = ()
TRUSTED_INCLUDES = {"stdbool.h", "stddef.h", "stdint.h"}
GENERATED_LABEL = re.compile(r"(return_label|__Cont|_LOR|_LAND|switch_\d+_\w+|while_\d+_break)(_\d+)?$")
TRUST = re.compile(r"\b(admit|axiom|axiomatic|inductive|coinductive)\b")


# ---- structure: what the normal form says, before anything is proved

def contracts(unit):
    """contract, terminates, assigns, ensures: every function says what it does, writes, and that it ends."""
    for f in unit.defined().values():
        if not f.contract:
            yield Finding("contract", f"{f.name}: no contract")
            continue
        if not re.search(r"\bterminates \\true;", f.contract):
            yield Finding("terminates", f"{f.name}: no `terminates \\true`")
        if not re.search(r"\bassigns ", f.contract):
            yield Finding("assigns", f"{f.name}: no `assigns`")
        if not re.search(r"\bensures ", f.contract):
            yield Finding("ensures", f"{f.name}: no `ensures`: the contract promises nothing")


def loops(unit):
    """loop-variant, loop-assigns."""
    for f in unit.defined().values():
        for n, text in enumerate(f.loops, 1):
            if "loop variant " not in fold(text) + " ":
                yield Finding("loop-variant", f"{f.name}: loop {n} has no `loop variant`")
            if "loop assigns " not in fold(text) + " ":
                yield Finding("loop-assigns", f"{f.name}: loop {n} has no `loop assigns`")


def trusted_words(unit):
    """trust: nothing is taken on faith in an annotation."""
    for text in unit.annotations:
        for word in sorted(set(TRUST.findall(text))):
            yield Finding("trust", f"`{word}` in: {fold(text)[:90]}")
    for name, text in unit.logic().items():
        if "=" not in text:
            yield Finding("trust", f"logic `{name}` is declared, not defined")


def recursion(unit, reviewed):
    """recursion: WP does not check that recursive logic functions are well founded, so a person has."""
    for name in unit.recursive_logic():
        if name not in reviewed:
            yield Finding("recursion", f"logic function {name} is recursive and not in the table of SOUNDNESS.md")


def calls(unit):
    """call, indirect: every callee is known by name and has a contract."""
    for f in unit.defined().values():
        for name in sorted(f.calls):
            g = unit.functions.get(name)
            if g is None or not g.contract:
                yield Finding("call", f"{f.name} calls {name}, which has no contract")
        if re.search(r"\(\s*\*\s*[\w.>\[\]-]+\s*\)\s*\(", f.body):
            yield Finding("indirect", f"{f.name} calls through a pointer")
        for name in sorted(f.mentions & set(unit.functions) - f.calls):
            yield Finding("indirect", f"{f.name} takes the address of function {name}")


def source_text(target):
    """jump, twofold, include: the compiler and the prover read the same code, with no library behind it."""
    for source in target.sources:
        text = (ROOT / source).read_text(encoding="utf8")
        text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
        for word in re.findall(r"\b(goto|asm|__asm__|setjmp|longjmp)\b", text):
            yield Finding("jump", f"{source}: `{word}`")
    for path in sorted(_own_files(target)):
        yield from _preprocessor(path)


def _own_files(target):
    """The sources and every project header they include, directly or not."""
    todo, seen = [ROOT / s for s in target.sources], set()
    while todo:
        path = todo.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        for name in re.findall(r'(?m)^\s*#\s*include\s+"([^"]+)"', path.read_text(encoding="utf8")):
            dirs = (path.parent, ROOT / "spec", ROOT / "src", ROOT / "src/core", ROOT / "proofs/theorems")
            todo += [d / name for d in dirs if (d / name).is_file()][:1]
    return seen


def _preprocessor(path):
    name, open_block = path.relative_to(ROOT), False
    for line in path.read_text(encoding="utf8").split("\n"):
        if m := re.match(r"\s*#\s*include\s+<([^>]+)>", line):
            if m.group(1) not in TRUSTED_INCLUDES:
                yield Finding("include", f"{name}: <{m.group(1)}> brings contracts and axioms that nobody proved")
        if open_block:
            open_block = not re.match(r"\s*#\s*endif", line)
            if open_block and not re.match(r'\s*#\s*include\s+"logic/\w+\.acsl"\s*$', line):
                yield Finding("twofold", f"{name}: only the prover sees: {line.strip()}")
        elif re.match(r"\s*#\s*ifdef\s+__FRAMAC__\s*$", line):
            open_block = True
        elif re.search(r"__FRAMAC__|FRAMA_C|__FC_", line):
            yield Finding("twofold", f"{name}: the code depends on who reads it: {line.strip()}")


def structure(target, unit, reviewed):
    for gate in (contracts, loops, trusted_words, calls):
        yield from gate(unit)
    yield from recursion(unit, reviewed)
    yield from source_text(target)
    for r in unknown_requirements(target):
        yield Finding("requirement", f"{r} is not in spec/mconn.md")


# ---- closed world: what one stem assumes, another one proves

def assumed(unit):
    """Functions called and not defined here: their contracts are taken as given."""
    called = {c for f in unit.defined().values() for c in f.calls}
    return sorted(n for n in called & set(unit.functions) if unit.functions[n].body is None)


def closed_world(stem, units):
    """assumed: each assumed contract is, word for word, one that another stem proves."""
    for name in assumed(units[stem]):
        proved = [u.functions[name] for s, u in units.items() if s != stem and name in u.defined()]
        mine = units[stem].functions[name]
        if not proved:
            yield Finding("assumed", f"{name}: assumed here, proved in no stem")
        elif all((f.head, f.contract) != (mine.head, mine.contract) for f in proved):
            yield Finding("assumed", f"{name}: the contract assumed here is not the one that is proved")


def cycles(units):
    """cycle: no function reaches itself, so no contract is proved from itself by way of other files."""
    where = {}
    for stem, u in units.items():
        for n in u.defined():
            where.setdefault(n, []).append(stem)  # static functions and lemmas may share a name

    def callees(stem, f):
        for n in f.calls:
            for s in [stem] if stem in where.get(n, []) else where.get(n, []):
                yield s, n
    graph = {(s, n): set(callees(s, f)) for s, u in units.items() for n, f in u.defined().items()}
    done = set()
    while ready := {k for k in graph if k not in done and not graph[k] - done}:
        done |= ready
    left = sorted(set(graph) - done)
    if left:
        yield Finding("cycle", f"these call each other in a circle, or call one that does: {' '.join(n for _, n in left)}")


def whole_project(targets, units, directories=PROVED_CODE):
    """listed, orphan, cycle: no file and no contract outside the proof set, and no circle in it."""
    for path in unlisted(targets, directories):
        yield Finding("listed", f"{path} belongs to no target")
    yield from cycles(units)
    defined = {n for u in units.values() for n in u.defined()}
    declared = {n: s for s, u in units.items() for n, f in u.functions.items() if f.contract}
    for name in sorted(set(declared) - defined):
        yield Finding("orphan", f"{name}: contract in a header of [{declared[name]}], proved nowhere")


# ---- verdict: what WP reported

def exit_status(run):
    """exit: Frama-C ran to its end."""
    if run.status != 0:
        errors = [w for w in run.warnings if "rror" in w] or [fold(run.log[-200:])]
        yield Finding("exit", f"frama-c ended with status {run.status}: {errors[0][:200]}")


def warnings(run):
    """warning: nothing was said that weakens the result (casts between pointers, missing clauses, ...)."""
    for text in sorted(set(run.warnings)):
        if run.status == 0 and not any(h in text for h in HARMLESS):
            yield Finding("warning", text[:220])


def proved(target, run):
    """unproved, stale-open: exactly the goals listed as open are open."""
    left = {g.name for g in run.goals if not g.by}
    for name in sorted(left - set(target.open)):
        yield Finding("unproved", name)
    for name in sorted(set(target.open) - left):
        yield Finding("stale-open", f"{name} is listed as open, but is proved or gone: strike it from targets.toml")


def counts(target, run):
    """floor, counts: enough goals, and the three ways of counting them agree (smoke tests apart)."""
    if len(run.goals) < target.floor:
        yield Finding("floor", f"{len(run.goals)} goals generated, at least {target.floor} expected")
    twice = [n for n, k in Counter(g.name for g in run.goals).items() if k > 1]
    trivial = sum(g.by == "CFG" for g in run.goals)
    done, total = ([int(x) for x in run.total.split(" / ")] if run.total else (0, 0))
    mine = (sum(bool(g.by) for g in run.goals), len(run.goals))
    if twice or (done, total) != mine or run.scheduled + trivial != total:
        yield Finding("counts", f"goals by name {mine[0]} / {mine[1]}, by WP {run.total or 'none'}, "
                                f"scheduled {run.scheduled} + {trivial} trivial, twice: {twice}")


def coverage(unit, run):
    """proof-set: WP took up every function and lemma, and the property table has its clauses."""
    kinds = {}
    for _, function, kind, _, _ in run.rows:
        kinds.setdefault(function, set()).add(kind)
    for name, f in unit.defined().items():
        if name not in run.annotated:
            yield Finding("proof-set", f"{name}: not taken up by WP")
        for kind in ("postcondition", "assigns clause", "termination clause"):
            if f.contract and kind not in kinds.get(name, set()):
                yield Finding("proof-set", f"{name}: no {kind} in the property table")
    names = {g.name for g in run.goals}
    loops_seen = sum(len(f.loops) for f in unit.defined().values())
    ends = sum(bool(re.search(r"_loop_variant(_\d+)?_decrease", n)) for n in names)
    if ends < loops_seen:
        yield Finding("proof-set", f"{loops_seen} loops, {ends} goals that a loop variant decreases")
    for lemma in unit.lemmas():
        if f"typed_lemma_{lemma}" not in names:
            yield Finding("proof-set", f"lemma {lemma}: no goal")


def statuses(unit, run):
    """status: the consolidated status of every property of our own is Valid."""
    foreign = {n for n, f in unit.functions.items() if f.body is None}  # judged by `assumed` and `orphan`
    left = any(not g.by for g in run.goals)
    for place, function, kind, status, text in run.rows:
        if status == "Valid" or (function in foreign and status == "Considered valid"):
            continue
        if kind == "precondition" and status == "Ignored":
            continue  # nobody calls it here: the hypothesis of callers elsewhere
        if left and status in ("Ignored", "Unknown", "Partially proven", "Valid under hyp."):
            continue  # the shadow of a goal that is not proved, which `unproved` judges by name
        yield Finding("status", f"{place} {function}: {kind} is '{status}': {text[:80]}")


def cache_use(mode, run):
    """cache: a run from scratch takes no verdict from the cache."""
    if mode == "from-scratch" and (run.cached or "(cached" in run.log):
        yield Finding("cache", f"{run.cached} verdicts came from the cache")


def verdict(target, unit, run, mode):
    """All of them; but of a run that did not end, nothing else can be judged."""
    found = list(exit_status(run))
    if not found:
        for gate in (warnings(run), proved(target, run), counts(target, run), coverage(unit, run),
                     statuses(unit, run), cache_use(mode, run)):
            found += gate
    return found


def smoke(target, run):
    """smoke, smoke-floor: no contradiction found among hypotheses, and enough places were tried."""
    for name in sorted(n for n, passed in run.smoke.items() if not passed):
        yield Finding("smoke", f"{name}: False follows from what is assumed here, or nothing reaches this place")
    if len(run.smoke) < target.smoke_floor:
        yield Finding("smoke-floor", f"{len(run.smoke)} smoke tests, at least {target.smoke_floor} expected")
    yield from exit_status(run)


# every gate by name: the must-fail suite has to cover exactly these
NAMES = ("contract", "terminates", "assigns", "ensures", "loop-variant", "loop-assigns", "trust", "recursion", "call",
         "indirect", "jump", "twofold", "include", "requirement", "assumed", "listed", "orphan", "cycle", "exit",
         "warning", "unproved", "stale-open", "floor", "counts", "proof-set", "status", "cache", "smoke",
         "smoke-floor", "results")
