#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long `scratch create` takes with 10,000 rows in the registry, beside none: medians, taken in turns in one run.

usage: rows_bench.py SCRATCHPROOF-CLI
"""

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

ROWS = 10_000
ROUNDS = 25
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def create(cli: str, state: str, work: str, name: str) -> tuple[float, str]:
    environment = dict(os.environ, HOME=state, XDG_STATE_HOME=state, XDG_RUNTIME_DIR=state)
    began = time.perf_counter()
    made = subprocess.run([cli, "scratch", "create", name, "--in", work], env=environment, capture_output=True,
                          text=True, check=True)
    return time.perf_counter() - began, made.stdout.strip()


def fill(state: str, work: str, name_of) -> None:
    """Rows like the first one, of directories that are not there."""
    database = sqlite3.connect(f"{state}/scratchproof/scratch.db")
    found = database.execute("SELECT * FROM directories LIMIT 1")
    columns = [column[0] for column in found.description]
    first = dict(zip(columns, found.fetchone()))
    for i in range(ROWS):
        name = name_of(i)
        row = dict(first, id=f"{i + 1:032x}", name=name.encode(), path=f"{work}/{name}-{i:012d}".encode())
        database.execute(f"INSERT INTO directories ({','.join(columns)}) VALUES ({','.join('?' * len(columns))})",
                         [row[column] for column in columns])
    database.commit()
    database.close()


def main() -> int:
    cli = os.path.abspath(sys.argv[1])
    top = tempfile.mkdtemp(dir=MEMORY)
    try:
        work = f"{top}/work"
        os.mkdir(work)
        kinds = {"none": None, "lost, of that name": lambda i: "again", "of other names": lambda i: f"other{i}"}
        states, times = {}, {}
        for number, (kind, name_of) in enumerate(kinds.items()):
            states[kind] = f"{top}/{number}"
            os.mkdir(states[kind])
            create(cli, states[kind], work, "first")
            if name_of:
                fill(states[kind], work, name_of)
            first, path = create(cli, states[kind], work, "again")
            print(f"create, {ROWS if name_of else 0} rows ({kind}): {first * 1e3:.1f} ms the first time")
            shutil.rmtree(path)
            times[kind] = []
        for _ in range(ROUNDS):
            for kind, state in states.items():
                taken, path = create(cli, state, work, "again")
                times[kind].append(taken)
                shutil.rmtree(path)  # and so it is lost
        none = statistics.median(times["none"])
        for kind, taken in times.items():
            median = statistics.median(taken)
            print(f"create, rows {kind}: {median * 1e3:.1f} ms, {median / none:.2f} of that with none (at most 1.20)")
    finally:
        shutil.rmtree(top)
    return 0


if __name__ == "__main__":
    sys.exit(main())
