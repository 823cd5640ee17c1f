#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The architecture's rules, read off the sources (docs/architecture.md says why each is there).

usage: rules.py CHECKOUT       prints what breaks a rule, a line each; exit code 1 if anything does
"""

import re
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

# A room knows only rooms on lower floors.
FLOORS = {
    "core/base": 1,
    "core/system": 2, "core/stream": 2, "core/store": 2,
    "core/facts": 3, "core/probe": 3, "core/tree": 3,
    "core/diagnosis": 4, "core/scratch": 4,
    "core/check": 5, "core/verify": 5,
    "core/protocol": 6, "core/report": 6,
    "core/host": 7, "core/worker": 7,
    "app/cli": 8, "app/gui": 8,
}

# The same inside the window: a folder a feature, over what several share. Files beside the folders may know all of them.
WINDOW_FLOORS = {
    "app/gui/kit": 1, "app/gui/probers": 1,
    "app/gui/desktop": 2, "app/gui/picker": 2,
    "app/gui/check": 3, "app/gui/scratch": 3, "app/gui/verify": 3, "app/gui/report": 3,
}

# Headers behind which a system call lies: for the seam, and for nobody above it.
SYSTEM_HEADERS = re.compile(
    r"(sys|linux|asm|arpa|netinet|net)/.*|(unistd|dirent|poll|spawn|sched|pthread|dlfcn|mntent|pwd|grp|termios|"
    r"syscall|netdb|ftw|glob|mqueue|utime)\.h|filesystem")
SEAM = "core/system/"
SYSTEM_HEADER_EXCEPTIONS = {
    ("core/base/unique_fd.cpp", "unistd.h"),  # close(), so that a descriptor needs no seam to be given back
    ("core/facts/acl.cpp", "sys/acl.h"),  # libacl's own
    ("core/store/database.cpp", "filesystem"),  # beside the seam; makes the folder of SQLite's file
}

# A library's header belongs to one place.
LIBRARY_HEADERS = {
    r"(libmount/)?libmount\.h": "core/facts/",
    r"libudev\.h": "core/facts/",
    r"acl/.*": "core/facts/acl.cpp",
    r"sqlite3\.h": "core/store/",
    r"liburing\.h": "core/verify/speed",
    r"systemd/.*": "app/cli/desktop_notification.cpp",
}

# Functions of <filesystem> that throw where they are not given a std::error_code.
THROWING_FUNCTIONS = (
    r"absolute|canonical|weakly_canonical|relative|proximate|copy|copy_file|copy_symlink|create_\w+|current_path|"
    r"equivalent|exists|file_size|hard_link_count|is_\w+|last_write_time|permissions|read_symlink|remove|remove_all|"
    r"rename|resize_file|space|status|symlink_status|temp_directory_path")
# These throw when they go on to the next entry, whatever they are given.
THROWING_TYPES = r"(?:recursive_)?directory_(?:iterator|entry)"

# What would touch a user's folder from the window's process, or run a second event loop inside the first.
WINDOW_WORDS = {
    r"\bQFileDialog\b": "QFileDialog stats folders in the window's process",
    r"\bQFileSystemModel\b": "QFileSystemModel lists folders in the window's process",
    r"\bQFileSystemWatcher\b": "QFileSystemWatcher touches folders in the window's process",
    r"\bQStorageInfo\b": "QStorageInfo touches mounts in the window's process",
    r"\bprocessEvents\b": "processEvents",
    r"\bQEventLoop\b": "a nested event loop",
    r"(\.|->)exec\s*\(": "exec() of a dialog, menu or drag is a nested event loop: use open() or popup()",
}
WINDOW_WORD_EXCEPTIONS = {("app/gui/main.cpp", r"(\.|->)exec\s*\(")}  # the one event loop

# What makes a test see more than it made: (the files it is looked for in, what it is, why; where it belongs).
TEST_WORDS = (
    (r"(CMakeLists\.txt|\.cmake)$", r"(?<!\w)add_test\s*\(", "add_test() leaves a test what whoever starts it has: scratchproof_add_test()",
     {"tests/CMakeLists.txt"}),
    (r"\.(cpp|h)$", r'"dbus-(daemon|launch|run-session)"', "a bus with the machine's services: PrivateBus",
     {"tests/support/private_bus.cpp", "tests/support/tst_alone.cpp"}),
    (r"\.(cpp|h)$", r"\b(ps (-o|-u|-C|-e|ax|aux)|pgrep|pidof|pkill|killall|fuser)\b", "everybody's processes: descendants()",
     {"tests/support/tst_alone.cpp"}),
)

# Interfaces of the seam whose calls can all be made to fail, each where that is done and where it is tried.
FALLIBLE_INTERFACES = {
    "core/system/files.h": "Files", "core/system/file_attributes.h": "FileAttributes", "core/system/processes.h": "Processes",
}
FAULTS, FAULTS_TEST = "tests/support/faults.h", "tests/support/tst_faults.cpp"

LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"


class Violation(NamedTuple):
    file: str
    line: int
    rule: str
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.words}"


def without_comments_and_strings(text: str) -> str:
    """The code alone, with its line numbers kept. Include lines are kept whole."""
    def blank(match: re.Match) -> str:
        found = match.group(0)
        return found if found.lstrip().startswith("#") else re.sub(r"[^\n]", " ", found)
    pattern = (r'^[ \t]*#[ \t]*include[^\n]*|//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"'
               r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'')
    return re.sub(pattern, blank, text, flags=re.DOTALL | re.MULTILINE)


def room_of(file: str) -> str:
    return "/".join(file.split("/")[:2])


def check_includes(file: str, code: str) -> Iterator[Violation]:
    room = room_of(file)
    floor = FLOORS.get(room)
    if floor is None:
        yield Violation(file, 1, "floors", f"the room {room} has no floor in {Path(__file__).name}")
        return
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', code, flags=re.MULTILINE):
        line = code.count("\n", 0, match.start()) + 1
        kind, header = match.groups()
        if kind == '"':
            yield from check_own_include(file, line, room, floor, header)
        else:
            yield from check_foreign_include(file, line, header)


def check_own_include(file: str, line: int, room: str, floor: int, header: str) -> Iterator[Violation]:
    if re.fullmatch(r"(moc_)?\w+\.(moc|cpp)|ui_\w+\.h|\w+\.inc", header):  # generated beside the file
        return
    target = room_of(header)
    if target == room:
        yield from check_window_include(file, line, header)
        return
    if target not in FLOORS:
        yield Violation(file, line, "floors", f'"{header}" is in no room; includes are written from the checkout\'s root')
    elif FLOORS[target] == floor:
        yield Violation(file, line, "floors", f'"{header}" goes sideways, from {room} to {target} (both floor {floor})')
    elif FLOORS[target] > floor:
        yield Violation(file, line, "floors",
                        f'"{header}" goes up, from {room} (floor {floor}) to {target} (floor {FLOORS[target]})')


def check_window_include(file: str, line: int, header: str) -> Iterator[Violation]:
    """Inside app/gui; what lies beside the folders may know all of them, and nothing in a folder may know it."""
    folder, target = ("/".join(path.split("/")[:3]) if path.count("/") == 3 else "" for path in (file, header))
    if not file.startswith("app/gui/") or not folder or folder == target:
        return
    if folder not in WINDOW_FLOORS:
        yield Violation(file, line, "floors", f"the folder {folder} has no floor in {Path(__file__).name}")
    elif target not in WINDOW_FLOORS:
        yield Violation(file, line, "floors", f'"{header}" goes up, from {folder} to what is beside the folders')
    elif WINDOW_FLOORS[target] >= WINDOW_FLOORS[folder]:
        yield Violation(file, line, "floors", f'"{header}" goes up or sideways, from {folder} to {target}')


def check_foreign_include(file: str, line: int, header: str) -> Iterator[Violation]:
    if re.match(r"Q[A-Z]|Qt[A-Z0-9]\w*/|q[a-z]+\.h$", header) and not file.startswith("app/gui/"):
        yield Violation(file, line, "no-qt", f"<{header}>: Qt belongs in app/gui alone")
    if (SYSTEM_HEADERS.fullmatch(header) and not file.startswith(SEAM)
            and (file, header) not in SYSTEM_HEADER_EXCEPTIONS):
        yield Violation(file, line, "seam", f"<{header}>: system calls go through core/system")
    for pattern, place in LIBRARY_HEADERS.items():
        if re.fullmatch(pattern, header) and not file.startswith(place):
            yield Violation(file, line, "libraries", f"<{header}> belongs in {place} alone")


def check_window(file: str, code: str) -> Iterator[Violation]:
    for pattern, words in WINDOW_WORDS.items():
        if (file, pattern) in WINDOW_WORD_EXCEPTIONS:
            continue
        for match in re.finditer(pattern, code):
            yield Violation(file, code.count("\n", 0, match.start()) + 1, "window", words)


def arguments_from(code: str, start: int) -> list[str]:
    """What stands between the bracket that opens at `start` and the one that closes it, cut at its own commas."""
    depth, found = 0, [""]
    for letter in code[start:]:
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            break
        if letter == "," and depth == 1:
            found.append("")
        elif depth > 1 or letter != "(":
            found[-1] += letter
    return [argument.strip() for argument in found]


def check_filesystem(file: str, code: str) -> Iterator[Violation]:
    """Exceptions cross no room's border, and a folder that may not be looked at is nothing exceptional."""
    def violation(match: re.Match, words: str) -> Violation:
        return Violation(file, code.count("\n", 0, match.start()) + 1, "exceptions", words)
    names = ["filesystem", *re.findall(r"\bnamespace\s+(\w+)\s*=\s*(?:::)?std::filesystem\s*;", code)]
    codes = set(re.findall(r"\berror_code\s*&?\s*(\w+)", code))
    space = rf"\b(?:{'|'.join(names)})\s*::\s*"
    for match in re.finditer(rf"\busing\s+(?:namespace\s+)?(?:::)?std::filesystem\b", code):
        yield violation(match, "using std::filesystem hides which calls throw")
    for match in re.finditer(space + rf"({THROWING_TYPES})\b", code):
        yield violation(match, f"{match.group(1)} throws: list folders through core/system")
    for match in re.finditer(space + rf"({THROWING_FUNCTIONS})\s*(?=\()", code):
        if not codes & set(arguments_from(code, match.end())):
            yield violation(match, f"{match.group(1)}() throws: give it a std::error_code")


def check_links(file: str, text: str) -> Iterator[Violation]:
    room = room_of(file)
    if room not in FLOORS:
        return
    for match in re.finditer(r"\bscratchproof_([a-z]+)\b", re.sub(r"#[^\n]*", "", text)):
        target = f"core/{match.group(1)}"
        if target in FLOORS and target != room and FLOORS[target] >= FLOORS[room]:
            yield Violation(file, text.count("\n", 0, match.start()) + 1, "floors",
                            f"links {target} (floor {FLOORS[target]}) from {room} (floor {FLOORS[room]})")


def check_tests(file: str, text: str) -> Iterator[Violation]:
    for kind, pattern, words, places in TEST_WORDS:
        if re.search(kind, file) and file not in places:
            for match in re.finditer(pattern, text):
                yield Violation(file, text.count("\n", 0, match.start()) + 1, "alone", words)


def body_of(code: str, name: str) -> str:
    """What stands between the braces of a class of that name."""
    match = re.search(rf"\bclass\s+{name}\b[^;{{]*{{(.*?)^}};", code, flags=re.DOTALL | re.MULTILINE)
    return match.group(1) if match else ""


def check_faults(root: Path) -> Iterator[Violation]:
    """A call that Faults forgets is passed on, and a test that plans its failure tests nothing."""
    def code_of(file: str) -> str:
        path = root / file
        return without_comments_and_strings(path.read_text("utf-8", "replace")) if path.is_file() else ""
    for header, interface in FALLIBLE_INTERFACES.items():
        code = code_of(header)
        faulty = body_of(code_of(FAULTS), f"Faulty{interface}")
        for match in re.finditer(r"\bvirtual\s+Result<[^;()]*?>\s+(\w+)\s*\(", body_of(code, interface)):
            method = match.group(1)
            line = code.count("\n", 0, code.index(match.group(0))) + 1
            if not re.search(rf"\b{method}\s*\([^;]*\)\s*override\b", faulty):
                yield Violation(header, line, "faults", f"{FAULTS} cannot make {method}() fail")
            if not re.search(rf"\.{method}\s*\(", code_of(FAULTS_TEST)):
                yield Violation(header, line, "faults", f"{FAULTS_TEST} does not try {method}()")


def check_licence(file: str, text: str) -> Iterator[Violation]:
    first = text.split("\n", 2)[:2]
    where = first[1:2] if first[0].startswith("#!") else first[:1]
    if not where or LICENCE not in where[0]:
        yield Violation(file, 1, "licence", f"the first line is to be: {LICENCE}")


def is_source(path: Path) -> bool:
    if path.suffix in {".cpp", ".h", ".py", ".sh", ".cmake"} or path.name == "CMakeLists.txt":
        return True
    if path.suffix or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def sources(root: Path) -> Iterator[Path]:
    yield root / "CMakeLists.txt"
    for top in ("core", "app", "tests", "cmake", "packaging", "resources", ".ci"):
        for path in sorted((root / top).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and is_source(path):
                yield path


def violations(root: Path) -> Iterator[Violation]:
    yield from check_faults(root)
    for path in sources(root):
        file = path.relative_to(root).as_posix()
        text = path.read_bytes().decode("utf-8", "replace")
        yield from check_licence(file, text)
        if path.name == "CMakeLists.txt" and room_of(file) in FLOORS:
            yield from check_links(file, text)
        if file.startswith("tests/"):
            yield from check_tests(file, text)
        if path.suffix not in {".cpp", ".h"} or file.count("/") < 2:
            continue
        code = without_comments_and_strings(text)
        if file.startswith(("core/", "app/")):
            yield from check_includes(file, code)
            yield from check_filesystem(file, code)
        if file.startswith("app/gui/"):
            yield from check_window(file, code)


def main() -> int:
    if len(sys.argv) != 2 or not Path(sys.argv[1], "core").is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(sys.argv[1]).resolve()
    found = list(violations(root))
    for violation in found:
        print(violation)
    print(f"{sum(1 for _ in sources(root))} files read, {len(found)} against the rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
