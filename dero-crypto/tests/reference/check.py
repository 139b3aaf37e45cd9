"""Recomputes the known answers of `../vectors` and `../vectors/own` with the second implementation in this folder.

    python3 dero-crypto/tests/reference/check.py              every case of every file
    python3 dero-crypto/tests/reference/check.py spend link   these files only
    python3 dero-crypto/tests/reference/check.py --self-test  change each value of the cases: it must be noticed

The code was written from the text of the specification, RFC 9496 and the Merlin and STROBE documents, not from the
crate; it is slow, not constant time, and for tests only. `DERO_VECTORS` names another folder of vectors, of which those
files are read that are known. Exits non-zero if a case disagrees, a file is unknown or missing, something false is
accepted, or nothing was checked.
"""

import sys

sys.dont_write_bytecode = True

import argparse  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import anchors  # noqa: E402
import mutation  # noqa: E402
from case import Case, Unread  # noqa: E402
from refusal import Refused  # noqa: E402

FILES = ("generators", "hash", "encoding", "keys", "address", "enote", "tag", "spend", "reference", "member", "link",
         "surjection", "range", "balance", "sealed", "asset", "batch", "published")
OWN = ("keys", "enote", "spend", "member", "range", "surjection", "authority", "memo", "wire", "reference")


def verdict(module, data, shared):
    """What is wrong with the answer to this case, or None."""
    case = Case(data, shared)
    try:
        module.check(case)
    except Refused as refusal:
        if data["valid"]:
            return f"refused: {refusal}"
        return None if refusal.error == data["error"] else f"refused as {refusal}, not as {data['error']}"
    except Exception as error:  # whatever breaks on a case is a complaint about it
        return f"{type(error).__name__}: {error}"
    if not data["valid"]:
        return f"accepted, not refused as {data['error']}"
    try:
        case.all_read()
    except Unread as unread:
        return f"not looked at: {unread}"
    return None


def run_file(name, vectors):
    """(passed, [(case, complaint)])."""
    module = importlib.import_module(f"cases.{name}")
    shared = json.loads((vectors / f"{name}.json").read_text())
    passed, failed, seen = 0, [], set()
    if shared["spec"] != 1:
        failed.append(("-", "another specification"))
    for data in shared["cases"]:
        complaint = verdict(module, data, shared)
        if data["name"] in seen:
            complaint = "two cases of one name"
        seen.add(data["name"])
        if complaint is None and data["valid"] and "proof" in data:
            twin = mutation.flip_in_proof(data)
            if verdict(module, twin, shared) is None:
                complaint = "accepted with a bit of the proof changed"
        if complaint is None:
            passed += 1
        else:
            failed.append((data["name"], complaint))
    if not seen:
        failed.append(("-", "no cases"))
    return passed, failed


_shapes = {}


def self_test_file(name, vectors):
    """(noticed, [(case and place, complaint)]): every value of one case per shape, changed; of two files with one
    checker the second adds only what the first has not."""
    module = importlib.import_module(f"cases.{name}")
    shared = json.loads((vectors / f"{name}.json").read_text())
    noticed, missed = 0, []
    for data in mutation.one_per_shape(shared["cases"], _shapes.setdefault(name, set())):
        for place, changed in mutation.mutants(name, data):
            if verdict(module, changed, shared) is None:
                missed.append((f"{data['name']}: {place}", "changed, and nobody noticed"))
            else:
                noticed += 1
    return noticed, missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("files", nargs="*", metavar="FILE", help="names without .json; all if none is given")
    parser.add_argument("--self-test", action="store_true", help="change the values: each change must be noticed")
    arguments = parser.parse_args()
    vectors = Path(__file__).resolve().parent.parent / "vectors"
    elsewhere = os.environ.get("DERO_VECTORS")
    own = [("", vectors, FILES), ("own/", vectors / "own", OWN)]
    folders = [("", Path(elsewhere), tuple(dict.fromkeys(FILES + OWN)))] if elsewhere else own

    bad, jobs = 0, []
    for prefix, folder, known in folders:
        present = {path.stem for path in folder.glob("*.json")}
        chosen = [name for name in known if name in (arguments.files or (present if elsewhere else known))]
        complaints = {name: "not there" for name in set(chosen) - present}
        if not elsewhere:
            complaints |= {name: "unknown: nobody checks it" for name in present - set(known)}
        for name, complaint in sorted(complaints.items()):
            print(f"{prefix}{name}.json: {complaint}")
        bad += len(complaints)
        jobs += [(prefix + name, name, folder) for name in chosen if name in present]
    for name in sorted(set(arguments.files) - {name for _, _, known in folders for name in known}):
        print(f"{name}.json: unknown: nobody checks it")
        bad += 1

    if not jobs:
        print("nothing to check")
        bad += 1
    loose = anchors.failures()
    for name in loose:
        print(f"{name}: the known answer from elsewhere is missed")

    bad += len(loose)
    for title, name, folder in jobs:
        began = time.process_time()
        passed, failed = (self_test_file if arguments.self_test else run_file)(name, folder)
        words = ("changes noticed", "missed") if arguments.self_test else ("passed", "failed")
        seconds = time.process_time() - began
        print(f"{title + '.json':20} {passed:4} {words[0]}, {len(failed)} {words[1]}  [{seconds:.1f} s]", flush=True)
        for where, complaint in failed:
            print(f"    {where}: {complaint}")
        bad += len(failed)
    if bad:
        print(f"\nthe second implementation does not agree: {bad} complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
