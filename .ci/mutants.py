"""Mutants of dero-crypto, all of them in one build.

    python3 .ci/mutants.py                     every mutant of `.cargo/mutants.toml`
    python3 .ci/mutants.py sigma membership    those whose file name contains one of these words
    python3 .ci/mutants.py --again             those without a result and those that survived, after a change of tests
    python3 .ci/mutants.py --list              names only
    python3 .ci/mutants.py --jobs 4            so many at a time; as many as there are cores if not said

`cargo mutants` builds the crate once for each mutant: days on two cores. Here each function of a copy of the crate
chooses between its body and the bodies of its mutants by a number in the environment, so one build holds them all;
mutants that do not compile are taken out until it does. Each test is then run once to learn which functions it
reaches, and each mutant meets the tests that reach its function, the quick ones first, until one fails.

The mutants are those that `cargo mutants --list` names, and kinds that it does not have:

    drop      a statement, an item of a list, a call of a chain, one side of && or ||
    swap      two neighbouring statements or items of a list
    decide    an `if` that is always or never taken

Constants are left out: they cannot change while a build runs. So are functions that the tests are built without. Needs
cargo-mutants and Python 3.11. Work and results lie in `mutants` of the target folder. Exits non-zero if a mutant survives.
"""

import argparse
import concurrent.futures
import fnmatch
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "mutants"
TREE = WORK / "tree"
CRATE = "dero-crypto"
TESTS = ("attacks", "sigma", "vectors")

# Appended to the crate root. A panic of a test ends the process: the first failure decides.
SWITCH = """
#[doc(hidden)]
pub(crate) mod mutant {
    extern crate std;
    use std::{io::Write as _, string::String, sync::{OnceLock, atomic::{AtomicBool, Ordering}}};
    static CHOSEN: OnceLock<(u32, Option<String>)> = OnceLock::new();
    static REACHED: [AtomicBool; FUNCTIONS] = [const { AtomicBool::new(false) }; FUNCTIONS];
    pub(crate) fn on(function: usize) -> u32 {
        let (chosen, trace) = CHOSEN.get_or_init(|| {
            let chosen = std::env::var("DERO_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
            if chosen != 0 {
                std::panic::set_hook(std::boxed::Box::new(|_| std::process::exit(101)));
            }
            (chosen, std::env::var("DERO_MUTANT_TRACE").ok())
        });
        if let Some(path) = trace && !REACHED[function].swap(true, Ordering::Relaxed) {
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).expect("trace");
            std::writeln!(file, "{function}").expect("trace");
        }
        *chosen
    }
}
"""


# --- Rust, as far as it takes to cut it -------------------------------------------------------------------------

TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?'(?:\\[^']+|[^\\'\n])'""", re.S)


def masked(text):
    """`text` with comments and literals blanked, of the same length."""
    blank = lambda found: re.sub(r"[^\n]", "_" if found[0][0] in "\"'br" else " ", found[0])
    return TOKENS.sub(blank, text)


def closing(mask, start):
    """The place of the bracket that closes the one at `start`."""
    depth = 0
    for place in range(start, len(mask)):
        if mask[place] in "([{":
            depth += 1
        elif mask[place] in ")]}":
            depth -= 1
            if depth == 0:
                return place
    raise ValueError("unbalanced")


def parts(mask, start, end, separator):
    """The pieces of mask[start:end] between separators outside of brackets."""
    pieces, depth, begin = [], 0, start
    for place in range(start, end):
        depth += (mask[place] in "([{") - (mask[place] in ")]}")
        if depth == 0 and mask[place] == separator:
            pieces.append((begin, place))
            begin = place + 1
    pieces.append((begin, end))
    return pieces


def trimmed(mask, start, end):
    while start < end and mask[start].isspace():
        start += 1
    while end > start and mask[end - 1].isspace():
        end -= 1
    return start, end


FN = re.compile(r"\bfn\b")
# Directly before `fn`: a function that the tests are built without.
OTHER_BUILD = re.compile(r'#\[cfg\((feature = "parallel"|not\(feature = "alloc"\))\)\]\s+(pub(\([^)]*\))?\s+)?$')


def statements(mask, start, end):
    """(start, end) of the expression statements with `;` directly in the block mask[start:end]."""
    found, depth, begin = [], 0, start
    for place in range(start, end):
        char = mask[place]
        depth += (char in "([{") - (char in ")]}")
        if depth:
            continue
        if char == ";":
            found.append((*trimmed(mask, begin, place + 1), ";"))
            begin = place + 1
        elif char == "}":
            rest = mask[place + 1:end].lstrip()
            if re.match(r"(?!else\b|as\b)[\w*#(]", rest):
                found.append((*trimmed(mask, begin, place + 1), "}"))
                begin = place + 1
    return found


def own_mutants(text, mask, start, end):
    """(place, end, replacement, description) for the body text[start:end]."""
    shown = lambda a, b: " ".join(text[a:b].split())[:70]
    keep = re.compile(r"(let|use|const|static|fn|type|struct|return|break|continue|debug_assert\w*|#)(?!\w)")
    blocks = [(start, end)] + [(place + 1, closing(mask, place)) for place in range(start, end) if mask[place] == "{"]
    for block in blocks:
        row = [one for one in statements(mask, *block) if not keep.match(mask[one[0]:one[1]])]
        whole = statements(mask, *block)
        for a, b, kind in row:
            if kind == ";" or re.match(r"if\b|for\b", mask[a:b]):
                yield a, b, "", f"drop `{shown(a, b)}`"
        for one, two in zip(whole, whole[1:]):
            if one in row and two in row and text[one[0]:one[1]] != text[two[0]:two[1]]:
                between = text[one[1]:two[0]]
                yield (one[0], two[1], text[two[0]:two[1]] + between + text[one[0]:one[1]],
                       f"swap `{shown(*one[:2])}` and `{shown(*two[:2])}`")
    for found in re.finditer(r"\[", mask[start:end]):
        place = start + found.start()
        before = mask[:place].rstrip()[-1:]
        if before in "#" or (before and re.match(r"[\w)\]]", before)):
            continue
        stop = closing(mask, place)
        if len(parts(mask, place + 1, stop, ";")) > 1:
            continue
        items = [trimmed(mask, *item) for item in parts(mask, place + 1, stop, ",")]
        items = [item for item in items if item[0] < item[1]]
        for at, (a, b) in enumerate(items):
            left = items[:at] + items[at + 1:]
            yield place + 1, stop, ", ".join(text[c:d] for c, d in left), f"drop item `{shown(a, b)}`"
        for (a, b), (c, d) in zip(items, items[1:]):
            if text[a:b] != text[c:d]:
                yield a, d, text[c:d] + text[b:c] + text[a:b], f"swap items `{shown(a, b)}` and `{shown(c, d)}`"
    # Of the calls those that take and return one type; without arguments, `point` and `element` convert.
    for found in re.finditer(r"\.(generator|point|element|term|rev|skip|chain|filter|add|max|min)\((?!\))",
                             mask[start:end]):
        a = start + found.start()
        b = closing(mask, start + found.end() - 1) + 1
        yield a, b, "", f"drop call `{shown(a, b)}`"
    for found in re.finditer(r"\bif\s+(?!let\b)", mask[start:end]):
        a = start + found.end()
        depth = 0
        for b in range(a, end):
            if mask[b] == "{" and depth == 0:
                break
            depth += (mask[b] in "([") - (mask[b] in ")]")
        condition = mask[a:b].strip()
        if re.search(r"\blet\b", condition) or "=>" in condition:
            continue
        for value in ("true", "false"):
            yield a, b, f"{value} ", f"decide `{shown(a, b)}` {value}"
    for found in re.finditer(r"(?<=[\w)\]?\"'])\s+(&&|\|\|)\s", mask[start:end]):
        at, after = start + found.start(), start + found.end()
        stop, depth = after, 0
        while stop < end and (depth or not (mask[stop] in ",;)]}{" or mask[stop:stop + 2] in ("&&", "||", "=>"))):
            depth += (mask[stop] in "([") - (mask[stop] in ")]")
            stop += 1
        begin, depth = at, 0
        while begin > start:
            char = mask[begin - 1]
            if depth == 0 and (char in ",;([{}|" or mask[begin - 2:begin] in ("&&", "=>")
                               or re.search(r"(\b(if|return|in)\s|[^=!<>]=\s)$", mask[max(0, begin - 8):begin])):
                break
            depth += (char in ")]") - (char in "([")
            begin -= 1
        a, b = trimmed(mask, after, stop)
        if "let" not in mask[begin:at].split():
            yield begin, after, "", f"drop side `{shown(begin, at)}`"
        if "let" not in mask[a:b].split():
            yield at, b, "", f"drop side `{shown(a, b)}`"


# --- the mutants ---------------------------------------------------------------------------------------------------

class Mutant:
    def __init__(self, number, file, name, start, end, replacement):
        self.number, self.file, self.name = number, file, name
        self.start, self.end, self.replacement = start, end, replacement
        self.function = self.key = None


class Function:
    def __init__(self, number, file, name, start, end):
        self.number, self.file, self.name, self.start, self.end = number, file, name, start, end
        self.mutants = []


def collect(words):
    """Functions with their mutants, and the texts of the files."""
    config = tomllib.loads((ROOT / ".cargo/mutants.toml").read_text())
    exclude = [re.compile(pattern) for pattern in config["exclude_re"]]
    listed = json.loads(subprocess.run(
        ["cargo", "mutants", "--list", "--json", "--package", CRATE], cwd=ROOT, check=True, capture_output=True).stdout)
    texts, masks, lines = {}, {}, {}

    def offset(file, place):
        return lines[file][place["line"] - 1] + place["column"] - 1

    functions, numbers = {}, iter(range(1, 1 << 30))
    for entry in listed:
        file = entry["file"]
        if not entry["function"]:
            continue  # a constant: it cannot change in a build
        if words and not any(word in file for word in words):
            continue
        if file not in texts:
            texts[file] = (ROOT / file).read_text()
            masks[file] = masked(texts[file])
            lines[file] = [0] + [found.end() for found in re.finditer("\n", texts[file])]
        span = entry["function"]["span"]
        start, end = offset(file, span["start"]), offset(file, span["end"])
        if OTHER_BUILD.search(texts[file][:FN.search(masks[file], start).start()]):
            continue
        key = (file, start)
        if key not in functions:
            functions[key] = Function(len(functions), file, entry["function"]["function_name"], start, end)
        name = entry["name"]
        mutant = Mutant(next(numbers), file, name, offset(file, entry["span"]["start"]),
                        offset(file, entry["span"]["end"]), entry["replacement"])
        functions[key].mutants.append(mutant)
    # A function inside of another is part of it.
    for key in sorted(functions):
        if key not in functions:
            continue
        outer = functions[key]
        for inner_key in [k for k in functions if k[0] == key[0] and key[1] < k[1] < outer.end]:
            outer.mutants += functions.pop(inner_key).mutants
    for number, function in enumerate(functions.values()):
        function.number = number
        text, mask = texts[function.file], masks[function.file]
        arrow = FN.search(mask, function.start).end()
        function.body = body(mask, arrow, function.end)
        for start, end, replacement, what in own_mutants(text, mask, function.body + 1, function.end - 1):
            line = text.count("\n", 0, start) + 1
            column = start - text.rfind("\n", 0, start)
            name = f"{function.file}:{line}:{column}: {what} in {function.name}"
            if not any(pattern.search(name) for pattern in exclude):
                function.mutants.append(Mutant(next(numbers), function.file, name, start, end, replacement))
        for mutant in function.mutants:
            mutant.function = function
    # What a result is kept under: the name without the place, and which of that name.
    seen = Counter()
    for function in functions.values():
        for mutant in function.mutants:
            plain = re.sub(r":\d+:\d+:", ":", mutant.name)
            seen[plain] += 1
            mutant.key = f"{plain} #{seen[plain]}"
    # In the order in which the configuration names the files.
    order = [f"*{glob}" for glob in config["examine_globs"]]
    rank = {file: next(n for n, glob in enumerate(order) if fnmatch.fnmatch(file, glob)) for file in texts}
    return sorted(functions.values(), key=lambda function: rank[function.file]), texts


def body(mask, start, end):
    """The place of `{` of the body of the function whose signature begins at `start`."""
    depth = 0
    for place in range(start, end):
        if mask[place] == "{" and depth == 0:
            return place
        depth += (mask[place] in "([") - (mask[place] in ")]")
    raise ValueError("a function without body")


def write_tree(functions, texts, out):
    """The copy with every function split, without the mutants in `out`. Returns the lines of each mutant."""
    where = defaultdict(list)
    for file, text in texts.items():
        pieces, done = [], 0
        for function in sorted((f for f in functions if f.file == file), key=lambda f: f.start):
            alive = [m for m in function.mutants if m not in out]
            if not alive:
                continue
            head = text[done:function.body]
            signature = text[function.start:function.body]
            if re.search(r"\bconst\s+fn\b", signature):
                head = text[done:function.start] + re.sub(r"\bconst\s+fn\b", "fn", signature)
            pieces.append(head)
            done = function.end
            # Bodies of one opaque type have to be of one type.
            opaque = re.search(r"->\s*impl\s+(Iterator<[^+]*>)\s*$", signature)
            box = f"alloc::boxed::Box<dyn {opaque[1]} + '_>" if opaque else None
            line = "".join(pieces).count("\n")
            split = f"{{ match crate::mutant::on({function.number}) {{\n"
            for mutant in [*alive, None]:
                arm = text[function.body:function.end] if mutant is None else (
                    text[function.body:mutant.start] + mutant.replacement + text[mutant.end:function.end])
                label = "_" if mutant is None else mutant.number
                split += f"{label} => alloc::boxed::Box::new({arm}) as {box},\n" if box else f"{label} => {arm}\n"
                first, line = line + 1, line + 1 + arm.count("\n")
                where[file].append((first + 1, line + 1, [mutant] if mutant else function.mutants))
            pieces.append(split + "} }")
        pieces.append(text[done:])
        content = "".join(pieces)
        target = TREE / file
        if target.read_text() != content:
            target.write_text(content)
    root = TREE / CRATE / "src/lib.rs"
    content = (ROOT / CRATE / "src/lib.rs").read_text() + SWITCH.replace("FUNCTIONS", str(len(functions)))
    if root.read_text() != content:
        root.write_text(content)
    return where


def copy_tree():
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    wanted = {name.decode() for name in files if name}
    if TREE.exists():
        for path in TREE.rglob("*"):
            if path.is_file() and str(path.relative_to(TREE)) not in wanted:
                path.unlink()
    for name in wanted:
        source, target = ROOT / name, TREE / name
        if not source.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copyfile(source, target)
    # A function with fifty bodies takes long to optimise well.
    manifest = TREE / "Cargo.toml"
    quick = f"[profile.dev.package.{CRATE}]\nopt-level = "
    text = manifest.read_text().replace(quick + "3", quick + "0")
    manifest.write_text(text.replace('debug = "line-tables-only"', "debug = false"))


def cargo(*arguments):
    environment = {**os.environ, "CARGO_TARGET_DIR": str(WORK.parent)}
    return subprocess.run(["cargo", *arguments, "--message-format", "json"], cwd=TREE, env=environment,
                          capture_output=True, text=True)


def messages(run):
    for line in run.stdout.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def places(span):
    """Where a message points to: through macros, to the line that uses them."""
    while span:
        yield span["file_name"], span["line_start"]
        span = (span["expansion"] or {}).get("span")


def settle(functions, texts, known):
    """Takes mutants out until the tests of the copy build. Returns those taken out and the binaries of the tests."""
    out, rounds = set(known), 0
    while True:
        where = write_tree(functions, texts, out)
        if rounds < 2:  # most of what does not compile is found quicker than by a build
            run = cargo("check", "--locked", "--package", CRATE, "--lib", "--features", "testing")
        else:
            run = cargo("test", "--no-run", "--locked", "--package", CRATE, "--lib",
                        *(part for test in TESTS for part in ("--test", test)))
        rounds += 1
        if run.returncode == 0:
            binaries = {message["target"]["name"]: message["executable"]
                        for message in messages(run) if message.get("executable")}
            if binaries:
                return out, binaries
            rounds = 2
            continue
        found, strange = set(), []
        for message in messages(run):
            if message["reason"] != "compiler-message" or message["message"]["level"] != "error":
                continue
            hit = {mutant for span in message["message"]["spans"] if span["is_primary"]
                   for file, line in places(span)
                   for first, last, mutants in where.get(file, ()) if first <= line <= last
                   for mutant in mutants}
            found |= hit
            if not hit and message["message"]["spans"]:
                strange.append(message["message"]["rendered"])
        if not found - out:
            sys.exit("the copy does not build:\n" + "\n".join(strange[:5]) + run.stderr[-2000:])
        out |= found
        (WORK / "unviable.json").write_text(json.dumps(sorted(mutant.key for mutant in out)))
        print(f"  {len(out)} mutants do not compile", flush=True)


# --- the tests -----------------------------------------------------------------------------------------------------

def limit(seconds):
    def set_limits():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return set_limits


def run_tests(binary, names, number=0, trace=None, seconds=600):
    environment = {**os.environ, "DERO_MUTANT": str(number)}
    if trace:
        environment["DERO_MUTANT_TRACE"] = str(trace)
    return subprocess.run([binary, "--exact", "--test-threads", "1", *names], cwd=TREE / CRATE, env=environment,
                          capture_output=True, text=True, preexec_fn=limit(seconds))


def survey(binaries, jobs):
    """[(seconds, binary, test, functions reached)], the quick ones first."""
    tests = []
    for target, binary in binaries.items():
        listed = subprocess.run([binary, "--list"], capture_output=True, text=True, check=True, cwd=TREE / CRATE)
        tests += [(target, binary, line[:-6]) for line in listed.stdout.splitlines() if line.endswith(": test")]

    def one(test):
        target, binary, name = test
        trace = WORK / f"trace.{target}.{name.replace(':', '.')}"
        trace.unlink(missing_ok=True)
        before = time.monotonic()
        run = run_tests(binary, [name], trace=trace)
        spent = time.monotonic() - before
        if run.returncode:
            sys.exit(f"{target} {name} fails without a mutant:\n{run.stdout[-3000:]}")
        reached = {int(line) for line in trace.read_text().split()} if trace.exists() else set()
        trace.unlink(missing_ok=True)
        return spent, target, binary, name, reached

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return sorted(pool.map(one, tests), key=lambda found: found[0])


def judge(mutant, tests, kills):
    """`caught`, `timeout` or `missed`, and the test. `kills` counts who caught what near by."""
    reaching = [test for test in tests if mutant.function.number in test[4]]
    near = [kills[mutant.function.number], kills[mutant.file]]
    likely = sorted((test for test in reaching if any(test[1:4:2] in count for count in near)),
                    key=lambda test: [-count[test[1:4:2]] for count in near])[:3]
    groups, budget, rest = [[test] for test in likely], 0.5, [test for test in reaching if test not in likely]
    while rest:
        spent = 0
        group = []
        while rest and (not group or spent + rest[0][0] <= budget):
            spent += rest[0][0]
            group.append(rest.pop(0))
        groups.append(group)
        budget *= 4
    for group in groups:
        for target in sorted({test[1] for test in group}):
            chosen = [test for test in group if test[1] == target]
            seconds = int(20 + 5 * sum(test[0] for test in chosen))
            run = run_tests(chosen[0][2], [test[3] for test in chosen], mutant.number, seconds=seconds)
            if run.returncode:
                names = re.findall(r"^test (\S+) \.\.\.", run.stdout, re.M)
                killer = names[-1] if names else chosen[0][3]
                for count in near:
                    count[target, killer] += 1
                kind = "timeout" if run.returncode in (-signal.SIGXCPU, -signal.SIGKILL) else "caught"
                return kind, f"{target} {killer}"
    return "missed", f"{len(reaching)} tests reach it"


def table(results):
    kinds = ("caught", "timeout", "missed", "unviable")
    counts = defaultdict(Counter)
    for key, (kind, _) in results.items():
        counts[key.split(":")[0].removeprefix(CRATE + "/src/")][kind] += 1
    yield f"| File | {' | '.join(kinds)} |"
    yield f"|---|{'---|' * len(kinds)}"
    for file in sorted(counts):
        yield f"| `{file}` | {' | '.join(str(counts[file][kind]) for kind in kinds)} |"
    yield f"| all | {' | '.join(str(sum(count[kind] for count in counts.values())) for kind in kinds)} |"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("words", nargs="*")
    options.add_argument("--again", action="store_true")
    options.add_argument("--list", action="store_true")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    chosen = options.parse_args()
    began = time.monotonic()

    def say(text):
        print(f"[{time.monotonic() - began:5.0f} s] {text}", flush=True)

    functions, texts = collect(chosen.words)
    mutants = [mutant for function in functions for mutant in function.mutants]
    store = WORK / "results.json"
    results = json.loads(store.read_text()) if chosen.again and store.exists() else {}
    if chosen.again:
        known = {mutant.key for mutant in mutants}
        results = {key: found for key, found in results.items() if key in known or chosen.words}
        mutants = [mutant for mutant in mutants if results.get(mutant.key, ["missed"])[0] == "missed"]
        for function in functions:
            function.mutants = [mutant for mutant in function.mutants if mutant in mutants]
    if chosen.list:
        print("\n".join(mutant.name for mutant in mutants))
        return
    say(f"{len(mutants)} mutants in {len(texts)} files")
    WORK.mkdir(parents=True, exist_ok=True)
    copy_tree()
    cache = WORK / "unviable.json"
    broken = set(json.loads(cache.read_text())) if chosen.again and cache.exists() else set()
    unviable, binaries = settle(functions, texts, {mutant for mutant in mutants if mutant.key in broken})
    say("looking which test reaches what")
    tests = survey(binaries, chosen.jobs)
    viable = [mutant for mutant in mutants if mutant not in unviable]
    say(f"{len(tests)} tests, {len(viable)} mutants")
    results.update({mutant.key: ("unviable", "") for mutant in unviable})
    kills = defaultdict(Counter)
    with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        for mutant, (kind, what) in zip(viable, pool.map(lambda m: judge(m, tests, kills), viable)):
            results[mutant.key] = (kind, what)
            new = store.with_suffix(".new")
            new.write_text(json.dumps(results, indent=1))
            new.replace(store)
            if kind == "missed":
                say(f"MISSED {mutant.name} ({what})")
    print("\n" + "\n".join(table(results)))
    say("done")
    sys.exit(any(kind == "missed" for kind, _ in results.values()))


if __name__ == "__main__":
    main()
