#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""10,000 folders end to end through `check --ndjson`, beside 1,000: time per folder and peak memory of all its processes."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time


def peak_memory_of_tree(pid, stop, peaks):
    """Samples VmHWM of the process and its children; the largest sum is kept."""
    while not stop.is_set():
        total = 0
        pids = [pid]
        for task in list(pids):
            try:
                with open(f"/proc/{task}/task/{task}/children", encoding="ascii") as children:
                    pids += [int(child) for child in children.read().split()]
            except OSError:
                pass
        for one in pids:
            try:
                with open(f"/proc/{one}/status", encoding="utf-8", errors="replace") as status:
                    for line in status:
                        if line.startswith("VmHWM:"):
                            total += int(line.split()[1])
            except OSError:
                pass
        peaks.append(total)
        time.sleep(0.01)


def run(program, root, count):
    folders = "\n".join(os.path.join(root, f"{number:05d}") for number in range(count))
    list_file = os.path.join(root, "list")
    with open(list_file, "w", encoding="utf-8") as file:
        file.write(folders)
    start = time.monotonic()
    process = subprocess.Popen([program, "check", "--level", "quick", "--ndjson", "--from-file", list_file],
                               stdout=subprocess.PIPE)
    stop, peaks = threading.Event(), []
    watcher = threading.Thread(target=peak_memory_of_tree, args=(process.pid, stop, peaks))
    watcher.start()
    usable = 0
    for line in process.stdout:
        if b'"check-finished"' in line and json.loads(line)["result"]["verdict"] in ("usable", "limited"):
            usable += 1
    process.wait()
    stop.set()
    watcher.join()
    seconds = time.monotonic() - start
    if usable != count or process.returncode != 0:
        sys.exit(f"{usable} of {count} folders were usable, exit code {process.returncode}")
    return seconds, max(peaks) / 1024


def main():
    root = tempfile.mkdtemp(dir="/dev/shm", prefix="scratchproof-bench-")
    try:
        for number in range(10_000):
            os.mkdir(os.path.join(root, f"{number:05d}"))
        print("check --ndjson --level quick, end to end")
        for count in (1_000, 10_000):
            seconds, mebibytes = run(sys.argv[1], root, count)
            print(f"  {count:6d} folders   {seconds:6.2f} s   {seconds / count * 1e6:6.0f} us per folder"
                  f"   peak memory of all processes {mebibytes:5.1f} MiB")
    finally:
        shutil.rmtree(root)


main()
