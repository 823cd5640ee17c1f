#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON that others read, member by member and in its order: a golden file a schema (tests/cli/golden).

Numbers, times, ids and what belongs to the machine are masked. Everything is asked as user nobody, on a tmpfs of the test's
own. Skipped (77) where that cannot be had.

usage: golden_json_test.py SCRATCHPROOF-CLI GOLDEN-FOLDER [--write]
"""

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NOBODY = 65534
# What one machine has and the next has not, below facts.
OF_THE_MACHINE = {"container", "attributes", "attributes_mask", "birth_ns", "seccomp", "immutable_system", "user_map", "group_map",
                  "memory_available_bytes", "memory_limit_bytes", "no_new_privileges", "root_file_system", "root_read_only",
                  "unmounted_volumes", "groups", "account_groups"}


class Stage:
    """A tmpfs with folders, and the console program as nobody, who finds all of its own there."""

    def __init__(self, program: str, point: str) -> None:
        self.point = point
        self.program = os.path.join(point, "bin", "scratchproof-cli")
        os.makedirs(os.path.dirname(self.program))
        shutil.copy(program, self.program)
        for name, mode, owner in (("good", 0o755, NOBODY), ("closed", 0o755, 0), ("home", 0o700, NOBODY)):
            os.mkdir(os.path.join(point, name))
            os.chmod(os.path.join(point, name), mode)
            os.chown(os.path.join(point, name), owner, owner)
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": f"{point}/home", "TMPDIR": f"{point}/good", "LC_ALL": "C.UTF-8",
                            "TZ": "UTC"} | {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}

    def run(self, *words: str, said: str = "") -> str:
        done = subprocess.run([self.program, *words], input=said, capture_output=True, text=True, timeout=120,
                              env=self.environment, cwd="/", user=NOBODY, group=NOBODY, extra_groups=[], check=False)
        assert done.stdout, f"{words} printed nothing: {done.stderr}"
        return done.stdout


def masked(value, key: str = ""):
    if isinstance(value, dict):
        if value.get("point") == "/" or value.get("path") == "/":  # the machine's own root
            return "(the root)"
        return {k: masked(v, k) for k, v in value.items() if k not in OF_THE_MACHINE}
    if key == "abilities":  # which there are is the kernel's
        return sorted(one["ability"] for one in value)
    if key == "mounts_on_path":  # those above belong to the machine
        return masked(value[-1:])
    if key in {"points", "curve", "regions"}:  # how many there are is the drive's
        return masked(value[:1])
    if isinstance(value, list):
        return [masked(one, key) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return value if key in {"exit_code", "uid"} else 0
    if key in {"system", "host", "version", "engine"} or (key == "name" and re.fullmatch(r"[\w.-]+", os.uname().nodename)
                                                 and value == os.uname().nodename):
        return "(masked)"
    value = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME", value)
    value = re.sub(r"\b[0-9a-f]{32}\b", "ID", value)
    value = re.sub(r"^\d+(:\d+)+:ID$", "TOKEN", value)
    value = re.sub(r"released-[a-z0-9]{12}", "released-RANDOM", value)
    value = re.sub(r"\b\d+:\d+\b", "0:0", value) if key == "device" else value
    value = re.sub(r"(demo|old|kept|found)-[a-z0-9]{12}", r"\1-RANDOM", value)
    value = re.sub(r"verify-[0-9a-f]{8}-[a-z0-9]{12}", "verify-RANDOM", value)
    value = re.sub(r"mountinfo: \d+ \d+ \d+:\d+", "mountinfo: 0 0 0:0", value)
    return re.sub(r"size=\d+k(,inode64)?", "size=0k", value)


def sorted_as_printed(text: str) -> str:
    """The text, masked; fails where it is not laid out as documents (two blanks) or lines (none) are."""
    if text.startswith("{\n"):
        document = json.loads(text)
        assert text == json.dumps(document, indent=2, ensure_ascii=False) + "\n", "a document is laid out in another way"
        return json.dumps(masked(document), indent=2, ensure_ascii=False) + "\n"
    lines = []
    for line in text.splitlines():
        one = json.loads(line)
        if one["event"] == "crossing" and not one["mount"]["point"].startswith(os.environ["STAGE"]):
            continue
        assert line == json.dumps(one, separators=(",", ":"), ensure_ascii=False), "a line is laid out in another way"
        lines.append(json.dumps(masked(one), ensure_ascii=False))
    return "\n".join(lines) + "\n"


def check_document(stage: Stage) -> str:
    p = stage.point
    deep = stage.run("check", "--json", "--level", "full", f"{p}/good")
    return (sorted_as_printed(stage.run("check", "--json", f"{p}/good", f"{p}/closed", f"{p}/absent"))
            + sorted_as_printed(deep))


def check_stream(stage: Stage) -> str:
    p = stage.point
    return sorted_as_printed(stage.run("check", "--ndjson", "--level", "quick", f"{p}/good", f"{p}/closed"))


def scratch_documents(stage: Stage) -> str:
    p, parts = stage.point, []

    def say(*words: str) -> dict:
        text = stage.run("scratch", *words, "--json")
        parts.append(f"## scratch {' '.join(re.sub(r'[0-9a-f]{32}', 'ID', w) for w in words)}\n{sorted_as_printed(text)}")
        return json.loads(text)

    made = say("create", "--in", f"{p}/good", "--note", "a note", "demo")["directory"]["id"]
    say("create", "--in", f"{p}/good", "--reuse", "demo")
    old = say("create", "--in", f"{p}/good", "--lifetime", "1s", "old")["directory"]["id"]
    time.sleep(1.2)
    say("list")
    say("list", "--look")
    say("show", made)
    say("extend", "--lifetime", "2d", made)
    say("pin", made)
    say("pin", "--off", made)
    say("sweep", "--dry-run")
    say("release", made)
    say("restore", made)
    say("find", f"{p}/good")
    say("best", f"{p}/good", f"{p}/closed")
    say("clean", "--dry-run", made)
    say("clean", "--yes", made, old)
    say("log")
    return "".join(parts)


def rights_documents(stage: Stage) -> str:
    p = stage.point
    return (sorted_as_printed(stage.run("rights", "--json", "nobody", f"{p}/closed"))
            + sorted_as_printed(stage.run("rights", "--json", "nobody", f"{p}/good")))


def prober_stream(stage: Stage) -> str:
    """What window and console say to the prober, and it to them."""
    p, answers = stage.point, []
    requests = [
        {"request": "space", "id": 1, "folder": f"{p}/good", "mount": p},
        {"request": "list-folders", "id": 2, "folder": p, "limit": 2},
        {"request": "entries", "id": 3, "folder": p, "names": ["good", "absent"]},
        {"request": "read-file", "id": 4, "folder": f"{p}/words"},
        {"request": "rights", "id": 5, "folder": f"{p}/closed", "user": "nobody"},
        {"request": "scratch-create", "id": 6, "name": "kept", "in": f"{p}/good", "lifetime": "7d", "note": "", "pinned": True,
         "reuse": False},
        {"request": "scratch-suits", "id": 7, "folder": f"{p}/closed"},
        {"request": "scratch-list", "id": 8},
        {"request": "scratch-named", "id": 9, "words": ["kept"], "working_folder": "/"},
        {"request": "scratch-log", "id": 10, "most": 1},
        {"request": "scratch-sweep", "id": 11, "dry_run": True},
        {"request": "scratch-find", "id": 12, "folder": f"{p}/good"},
        {"request": "scratch-unheard-of", "id": 13, "directory": "x", "confirmation": "y"},
        {"request": "space", "id": 14},
        {"request": "check", "id": 15, "folder": f"{p}/good", "level": "unheard-of"},
        {"request": "scratch-clean", "id": 16, "folder": f"{p}/good", "directory": "x"},
        {"request": "scratch-pin", "id": 17, "directory": "x"},
        {"request": "scratch-extend", "id": 18, "directory": "x", "lifetime": "for ever and a day"},
    ]
    with open(f"{p}/words", "w", encoding="ascii") as file:
        file.write("some words")
    with subprocess.Popen([stage.program, "prober"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
                          env=stage.environment, user=NOBODY, group=NOBODY, extra_groups=[]) as prober:
        answers.append(prober.stdout.readline())
        for request in requests:
            prober.stdin.write(json.dumps(request) + "\n")
            prober.stdin.flush()
            while line := prober.stdout.readline():
                answers.append(line)
                if json.loads(line)["event"] == "answer":
                    break
        prober.stdin.close()
    return sorted_as_printed("".join(answers))


class NotPossibleHere(Exception):
    pass


def verify_documents(stage: Stage) -> str:
    """On an ext4 of its own. What documents may hold besides is compared to their description by tst_verify_json."""
    drive, image, parts = f"{stage.point}/drive", f"{stage.point}/image", []
    os.mkdir(drive)
    with open(image, "wb") as file:
        file.truncate(96 << 20)
    subprocess.run(["mkfs.ext4", "-qF", "-m", "0", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, drive], check=False).returncode != 0:
        raise NotPossibleHere("no loop device can be mounted here")

    def say(*words: str) -> dict:
        text = stage.run("verify", *words, "--json", f"{drive}/ours")
        parts.append(f"## verify {' '.join(words)}\n{sorted_as_printed(text)}")
        return json.loads(text)

    try:
        os.mkdir(f"{drive}/ours")
        os.chown(f"{drive}/ours", NOBODY, NOBODY)
        kept = say("capacity", "--yes", "--keep", "--size", "8M")["id"]
        say("capacity", "--again")
        stage.run("scratch", "clean", "--yes", kept)
        say("capacity", "--yes")
        say("capacity", "--yes", "--quick")
        say("speed", "--time", "100ms", "--size", "16M")
        assert os.listdir(f"{drive}/ours") == [], "something was left"
    finally:
        subprocess.run(["umount", "-l", drive], check=False)
        os.remove(image)
    return "".join(parts)


TYPES = {"string": str, "path": str, "number": (int, float), "bool": bool, "object": dict, "array": list}


def described_members(text: str) -> dict[str, dict[str, tuple[str, bool]]]:
    """Of docs/verify-schema.md: by the table's head, its members with their type, and whether they may be absent."""
    tables, head = {}, ""
    for line in text.splitlines():
        if line.startswith("## "):
            head = ""
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if line.startswith("| member"):
            head = cells[0]
            head = "speed" if head == "member" and "member" in tables else head
            tables[head] = {}
        elif line.startswith("| `") and head:
            for name in re.findall(r"`(\w+)`", cells[0]):
                tables[head][name] = (cells[1], "Absent" in cells[2] or name == "sampling")
        elif not line.startswith("|"):
            head = ""
    return tables


def compare_to_description(text: str, golden: Path) -> list[str]:
    """What the printed documents and docs/verify-schema.md do not agree about."""
    tables = described_members((golden.parents[2] / "docs" / "verify-schema.md").read_text(encoding="utf-8"))
    tables["member"]["sampling"] = ("object", True)
    documents = [json.loads(part.split("\n", 1)[1]) for part in text.split("## verify ")[1:]]
    wrong, seen = [], {head: set() for head in tables}

    def compare(head: str, printed: dict) -> None:
        seen[head].update(printed)
        for name, value in printed.items():
            kind = tables[head].get(name, ("nothing", False))[0]
            if not isinstance(value, TYPES.get(kind, ())) or isinstance(value, bool) != (kind == "bool"):
                wrong.append(f"{head}: '{name}' is printed as {value!r}, and described as {kind}")
        wrong.extend(f"{head}: '{name}' is described, and not printed" for name, (_, may_be_absent) in tables[head].items()
                     if name not in printed and not may_be_absent)

    for document in documents:
        compare("speed" if document["kind"] == "speed" else "member", document)
        if "sampling" in document:
            compare("member of `sampling`", document["sampling"])
        for job in document.get("jobs", []):
            compare("member of a job", job)
    wrong.extend(f"no document has what '{head}' describes" for head, names in seen.items() if not names)
    return wrong


SCHEMAS = {"report": check_document, "stream": check_stream, "rights": rights_documents, "scratch": scratch_documents,
           "prober": prober_stream, "verify": verify_documents}


def main() -> int:
    program, golden = sys.argv[1], Path(sys.argv[2])
    if os.geteuid() != 0:
        print("needs root: it mounts a tmpfs, and becomes nobody")
        return 77
    failed = 0
    with tempfile.TemporaryDirectory(prefix="golden-", dir="/tmp") as point:
        os.chmod(point, 0o755)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512m,mode=755", "tmpfs", point], check=False).returncode != 0:
            print("no tmpfs can be mounted here")
            return 77
        try:
            os.environ["STAGE"] = point
            stage = Stage(program, point)
            for name, make in SCHEMAS.items():
                try:
                    text = make(stage).replace(point, "/stage")
                except NotPossibleHere as reason:
                    print(f"{name}: {reason}")
                    failed = failed or 77
                    continue
                for words in compare_to_description(text, golden) if name == "verify" else []:
                    failed = 1
                    print(words)
                file = golden / f"{name}.txt"
                if "--write" in sys.argv:
                    file.write_text(text, encoding="utf-8")
                kept = file.read_text(encoding="utf-8") if file.exists() else ""
                if text != kept:
                    failed = 1
                    print("\n".join(list(difflib.unified_diff(kept.splitlines(), text.splitlines(), str(file), "printed now",
                                                              lineterm="", n=2))[:80]))
        finally:
            subprocess.run(["umount", "-l", point], check=False)
    return failed


if __name__ == "__main__":
    sys.exit(main())
