"""The list of what is proved (targets.toml): which files make a stem, what it claims and what it leaves open.

Floors and open goals are data, so that lowering one is a change that a reviewer sees."""
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

PROOFS = Path(__file__).resolve().parent.parent
ROOT = PROOFS.parent
PROVED_CODE = ("src/core", "proofs/theorems")


class UsageError(Exception):
    """A wrong call, a broken data file or a missing tool: exit status 2."""


@dataclass
class Target:
    stem: str
    sources: list          # paths below the project root, one translation unit each
    claim: str             # what the proof says, in one sentence
    unproved: str          # what it does not say; "nothing" must be literally true
    floor: int             # least number of goals that WP must generate
    smoke_floor: int = 0   # least number of smoke tests
    open: list = field(default_factory=list)          # goals known not to be proved
    requirements: list = field(default_factory=list)  # ids of spec/mconn.md
    theorems: list = field(default_factory=list)      # numbers of the list in README.md
    timeout: int = 20      # seconds per goal and prover


def _target(stem, row, where):
    known = Target.__dataclass_fields__
    for key in row:
        if key not in known or key == "stem":
            raise UsageError(f"{where}: [{stem}] has an unknown key '{key}'")
    for key in ("sources", "claim", "unproved", "floor"):
        if key not in row:
            raise UsageError(f"{where}: [{stem}] lacks '{key}'")
    for source in row["sources"]:
        if not (ROOT / source).is_file():
            raise UsageError(f"{where}: [{stem}] names {source}, which does not exist")
    return Target(stem=stem, **row)


def load(path=PROOFS / "targets.toml"):
    """stem -> Target, in the order of the file."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf8"))
    except (OSError, tomllib.TOMLDecodeError) as e:
        raise UsageError(f"{path}: {e}") from e
    return {stem: _target(stem, row, path.name) for stem, row in rows.items()}


def unlisted(targets, directories=PROVED_CODE):
    """Files of proved code that no target names."""
    listed = {s for t in targets.values() for s in t.sources}
    found = [p for d in directories for p in (ROOT / d).rglob("*.c")]
    return sorted(str(p.relative_to(ROOT)) for p in found if str(p.relative_to(ROOT)) not in listed)


def unknown_requirements(target):
    """Requirement ids of the target that spec/mconn.md does not have."""
    text = (ROOT / "spec" / "mconn.md").read_text(encoding="utf8")
    ids = set(re.findall(r"\*\*(MC-[A-Z]+-[0-9]+)\*\*", text))
    return [r for r in target.requirements if r not in ids]


def reviewed_recursions(path=PROOFS / "SOUNDNESS.md"):
    """Recursive logic functions in the table of SOUNDNESS.md: `name`, ... | measure | why."""
    rows = re.findall(r"(?m)^\| (`[^|]*`) \|", path.read_text(encoding="utf8"))
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}
