#!/usr/bin/env python3
"""Every requirement about the core is named directly above a test that checks it.

Reads spec/mconn.md and the C tests. A requirement counts only in a comment that stands directly above a test
function which its file registers with cmocka_unit_test. Ids that do not exist are faults too. --list prints where
each requirement is tested."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEMS = ["UVARINT", "FIELD", "FRAME", "PACKET", "HEADER", "CHANNEL", "RECEIVER", "SENDER", "PING", "RATE", "FLUSH", "SERVICE",
         "LOG", "ADDRESS", "NODEINFO", "RECONNECT", "ADMISSION"]
FOLDERS = ["unit", "exhaustive", "shell"]
ID = re.compile(r"MC-[A-Z]+-\d\d")
TEST = re.compile(r"/\*((?:(?!\*/).)*)\*/\nstatic void (\w+)\(void \*\*\w+\)", re.S)


def tested(text):
    """(requirement, test) for each requirement named above a registered test."""
    registered = set(re.findall(r"^ +(?:cmocka_unit_test\w*|shell_test)\((\w+)", text, re.M))
    for comment, name in TEST.findall(text):
        if name in registered:
            # "MC-FRAME-05, -07" names two
            whole = re.sub(r"(MC-[A-Z]+-)(\d\d)((?:, -\d\d)+)", lambda m: m[1] + m[2] + "".join(
                f", {m[1]}{n}" for n in re.findall(r"\d\d", m[3])), comment)
            yield from ((requirement, name) for requirement in ID.findall(whole))


def canary():
    """What the check must not count."""
    good = "/* MC-FRAME-01 */\nstatic void a(void **state)\n{\n}\n cmocka_unit_test(a),"
    broken = [good.replace("cmocka_unit_test(a)", ""), good.replace("*/\n", "*/\n\n"), good.replace("MC-FRAME-01", "")]
    return len(list(tested(good))) == 1 and not any(list(tested(text)) for text in broken)


def main():
    known = re.findall(r"^- \*\*(MC-[A-Z]+-\d\d)\*\*", (ROOT / "spec" / "mconn.md").read_text(encoding="utf-8"), re.M)
    where = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / "tests" / folder).glob("*.c")):
            for requirement, name in tested(path.read_text(encoding="utf-8")):
                where.setdefault(requirement, []).append(f"{path.relative_to(ROOT)}: {name}")
    faults = [f"{r} is not a requirement: {where[r][0]}" for r in sorted(where) if r not in known]
    faults += [f"{r} is tested nowhere" for r in known if r.split("-")[1] in STEMS and r not in where]
    if not canary():
        faults.append("this check sees tests where there are none")
    if "--list" in sys.argv:
        for requirement in known:
            print(requirement, "; ".join(where.get(requirement, ["-"])))
    print("\n".join(faults))
    print(f"{len(where)} requirements tested, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
