#!/usr/bin/env python3
"""Checks spec/vectors against its schema, and what a schema cannot say.

Vectors are read by several programs in several languages. A mistyped key would make one of them skip a
test in silence; so every file is validated, ids are unique over all files, and the requirements, divergences
and errors that they name must exist. Before that, broken copies of a vector must be refused (the canary)."""
import copy
import json
import pathlib
import re
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "spec" / "vectors"


def names(path, pattern):
    return set(re.findall(pattern, path.read_text(encoding="utf-8"), re.M))


def check(validator, name, doc, known):
    """Yields one sentence per fault of the file `name`."""
    for fault in validator.iter_errors(doc):
        yield f"{name}: {fault.json_path}: {fault.message[:200]}"
    for test in doc.get("tests", []):
        where = f"{name}: {test.get('id')}"
        if test.get("requirement") not in known["requirement"]:
            yield f"{where}: no such requirement: {test.get('requirement')}"
        if "divergence" in test and test["divergence"] not in known["divergence"]:
            yield f"{where}: no such divergence: {test['divergence']}"
        for error in (test.get("error"), test.get("end", {}).get("error")):
            if error and error not in known["error"]:
                yield f"{where}: no such error: {error}"


def canary(validator, doc, known):
    """Every way of breaking a good file must be seen."""
    breaks = {
        "unknown key": lambda t: t.update(coment="x"),
        "missing key": lambda t: t.pop("hex"),
        "odd hex": lambda t: t.update(hex="0"),
        "upper case hex": lambda t: t.update(hex="0A00"),
        "unknown dialect": lambda t: t.update(dialect="protobuf"),
        "unknown requirement": lambda t: t.update(requirement="MC-FIELD-99"),
        "unknown error": lambda t: t.update(end={"state": "refused", "error": "MCONN_E_NOTHING", "offset": 0}),
        "refusal without offset": lambda t: t.update(end={"state": "refused", "error": "MCONN_E_GROUP"}),
        "go verdict without divergence": lambda t: t.update(go="accept"),
    }
    for what, edit in breaks.items():
        bad = copy.deepcopy(doc)
        edit(bad["tests"][0])
        if not list(check(validator, "canary", bad, known)):
            yield f"canary: {what} was not seen"


def main():
    schema = json.loads((VECTORS / "schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    known = {
        "requirement": names(ROOT / "spec" / "mconn.md", r"^- \*\*(MC-[A-Z]+-\d\d)\*\*"),
        "divergence": names(ROOT / "spec" / "divergences.md", r"^\| (D-\d\d) \|"),
        "error": names(ROOT / "src" / "core" / "error.h", r"\b(MCONN_(?:OK|E_[A-Z0-9_]+)) = "),
    }
    files = sorted(p for p in VECTORS.glob("*.json") if p.name != "schema.json")
    docs = {p.name: json.loads(p.read_text(encoding="utf-8")) for p in files}
    faults = [f for name, doc in docs.items() for f in check(validator, name, doc, known)]
    stream = next((d for d in docs.values() if d.get("kind") == "stream"), None)
    faults += ["no stream vectors"] if stream is None else list(canary(validator, stream, known))
    seen = {}
    for name, doc in docs.items():
        for test in doc.get("tests", []):
            if test.get("id") in seen:
                faults.append(f"{name}: id {test['id']} is also in {seen[test['id']]}")
            seen[test.get("id")] = name
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(files)} files, {len(seen)} vectors, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
