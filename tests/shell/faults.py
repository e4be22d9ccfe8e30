#!/usr/bin/env python3
"""Every place in src/shell that calls something that can fail: has a test failed the call there?

  faults.py [--table] PROGRAM...    runs the programs and compares; exit 1 if a place was left out

It ends with a canary: with one place taken away and one function more, both must be noticed. --table prints the calls
by file. The figures go into tests/races.json with --record.

A place is a line of src/shell and the function it calls, found in the machine code of the programs themselves (objdump,
addr2line), so none can be forgotten. The programs say at which addresses they let a call fail, how often and with which
errno (wrap.c, MCONN_FAULTS). Needs programs with line numbers and without sibling calls: gcc, -O1 -g."""
import collections
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

SHELL = "/src/shell/"
RESULT = pathlib.Path(__file__).resolve().parent.parent / "races.json"
# What a call there could not do anything about or what cannot be brought about; by function, or by function and file.
CANNOT_FAIL = {
    "free": "has no result",
    "freeaddrinfo": "has no result",
    "pthread_join": "fails only for a thread that is none, or this one",
    "pthread_mutex_destroy": "fails only for a mutex in use",
    "pthread_mutexattr_destroy": "fails only for attributes that are none",
    "pthread_cond_destroy": "fails only for a condition in use",
    "pthread_condattr_destroy": "fails only for attributes that are none",
    "sem_destroy": "fails only for a semaphore that is none",
    "clock_gettime": "fails only for a clock that is none",
}
# Functions that are not wrapped: why not. One that is in no list is a failure.
NOT_WRAPPED = {
    "pthread_mutex_lock": "a normal or adaptive mutex that is initialised: no error is defined",
    "pthread_mutex_unlock": "likewise",
    "pthread_cond_signal": "no error is defined for a condition that is initialised",
    "pthread_cond_broadcast": "likewise",
    "pthread_self": "has no error",
    "pthread_sigmask": "fails only for a wrong first argument",
    "sigfillset": "fails only for a null pointer",
    "sem_post": "fails only above SEM_VALUE_MAX, and there is one post per wait",
    "gmtime_r": "fails only beyond the year 2^31",
    "strftime": "0 if the text does not fit, and it does",
    "snprintf": "into arrays, without wide characters",
    "fprintf": "its error stays with the stream, where ferror finds it",
    "fputs": "likewise", "fputc": "likewise", "fwrite": "likewise",
    "MHD_destroy_response": "has no result",
    "MHD_stop_daemon": "has no result",
    "qsort": "has no error",
    "nanosleep": "a signal ends it early: a pause after an error is shorter",
}
PURE = set("memcpy memmove memset memcmp strlen strnlen strcmp strncmp strcasecmp strchr exp __errno_location "
           "__tls_get_addr _GLOBAL_OFFSET_TABLE_ __stack_chk_fail htons ntohs".split())
# Wrapped by CMakeLists.txt.
WRAPPED = set(re.search(r"foreach\(f (malloc[^)]*)\)", (pathlib.Path(__file__).parent / "CMakeLists.txt").read_text(
    encoding="utf-8"))[1].split()) | {"MHD_start_daemon", "MHD_create_response_from_buffer", "MHD_add_response_header",
                                      "MHD_queue_response"}
OURS = re.compile(r"^(mconn_|shell_|switch_|peer_|delivery_|metrics_|node_)")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def lines_of(program, addresses):
    """Source file and line of each address, the innermost of inlined functions."""
    told = subprocess.run(["addr2line", "-e", program], input="\n".join(addresses), capture_output=True, text=True,
                          check=True).stdout.splitlines()
    for where in told:
        path, _, line = where.partition(" ")[0].rpartition(":")
        yield os.path.normpath(path), line


def base_of(program):
    return next(int(line.split()[0], 16) for line in run("nm", program).splitlines()
                if line.endswith(" __executable_start"))


def calls(program):
    """Return address, from the program's beginning -> (file, line, function) of every call out of src/shell."""
    found, last = {}, None
    for line in run("objdump", "-d", "--no-show-raw-insn", program).splitlines():
        match = re.match(r"^\s+([0-9a-f]+):\s+(\S+)(.*)", line)
        if match is None:
            continue
        if last is not None:
            found[int(match[1], 16)] = last
        target = re.search(r"<([^>+]+)>\s*$", match[3]) if match[2].startswith("call") else None
        last = (match[1], re.sub(r"@.*|^__wrap_", "", target[1])) if target else None
    base = base_of(program)
    places = {}
    sites = lines_of(program, [at for at, _ in found.values()])
    for (back, (_, function)), (path, line) in zip(found.items(), sites):
        if SHELL in path and not OURS.match(function):
            places[back - base] = (pathlib.Path(path).name, int(line) if line.isdigit() else 0, function)
    return places


def failures(program):
    """[(function, errno, return address, times)] of a run of it."""
    done = subprocess.run([program], capture_output=True, text=True, check=False,
                          env={**os.environ, "MCONN_FAULTS": "1"})
    if done.returncode != 0:
        sys.exit(f"{program} failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return [(f, e, int(at, 16), int(n)) for f, e, at, n in
            re.findall(r"^fault (\S+) (\S+) ([0-9a-f]+) (\d+)$", done.stdout, re.M)]


def undefined(program):
    """Functions that the shell's objects want of others."""
    directory = pathlib.Path(program).parent
    for line in run("nm", "-u", directory / "libmconn_test_shell.a").splitlines():
        if line.strip().startswith("U "):
            yield line.split()[1]


def gather(programs):
    """Places -> {errno: times}, by file, line and function."""
    places = collections.defaultdict(collections.Counter)
    for program in programs:
        known = calls(program)
        for place in known.values():
            places[place] += collections.Counter()
        for function, err, at, times in failures(program):
            if at in known:
                places[known[at]][err] += times
    return places


def judge(places, wanted):
    """What is wrong: places that nobody failed, functions that nobody judged."""
    bad = [f"{file}:{line}: {function} never failed" for (file, line, function), how in sorted(places.items())
           if not how and function in WRAPPED - set(CANNOT_FAIL)]
    for function in sorted(set(wanted)):
        if not (OURS.match(function) or function in PURE or function in CANNOT_FAIL or function in NOT_WRAPPED
                or function in WRAPPED):
            bad.append(f"{function}: can it fail? it is in no list")
    return bad


def table(places):
    """By file: function, places, calls failed, errnos."""
    rows = collections.defaultdict(lambda: [0, collections.Counter()])
    for (file, _, function), how in places.items():
        if how:
            rows[file, function][0] += 1
            rows[file, function][1] += how
    print("| src/shell | Call | Places | Failed | With |\n|---|---|---|---|---|")
    for (file, function), (n, how) in sorted(rows.items()):
        print(f"| {file} | {function} | {n} | {sum(how.values())} | {', '.join(sorted(how))} |")


def by_function(failed):
    """Places and calls failed of each function, and with which errno."""
    rows = {}
    for (_, _, function), how in sorted(failed.items(), key=lambda x: x[0][2]):
        row = rows.setdefault(function, {"places": 0, "calls_failed": 0, "with": []})
        row["places"] += 1
        row["calls_failed"] += sum(how.values())
        row["with"] = sorted({*row["with"], *how} - {"0"})
    return rows


def canary(places, wanted):
    """With one place taken away and one function more, both must be noticed."""
    left_out = next(place for place, how in sorted(places.items()) if how)
    bad = judge({**places, left_out: collections.Counter()}, wanted + ["gethostbyname"])
    return len(bad) == 2 and left_out[2] in bad[0] and "gethostbyname" in bad[1]


def main():
    programs = [a for a in sys.argv[1:] if not a.startswith("--")]
    places, wanted = gather(programs), list(undefined(programs[0]))
    if "--table" in sys.argv:
        table(places)
    bad = judge(places, wanted)
    failed = {place: how for place, how in places.items() if how}
    entry = {"places": len(failed), "functions": len({f for _, _, f in failed}),
             "calls_failed": sum(sum(how.values()) for how in failed.values()), "left_out": len(bad)}
    print(", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in entry.items()))
    entry["by_function"] = by_function(failed)
    print("\n".join(bad))
    if "--record" in sys.argv:
        known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
        known["faults"] = {"date": datetime.date.today().isoformat(), **entry}
        RESULT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    if not bad and not canary(places, wanted):
        sys.exit("the canary was not noticed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
