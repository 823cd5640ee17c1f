#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""10,000 folders of one mount end to end through `check --ndjson --level quick`, and one folder through `check`, each beside
Python's tempfile with the same folders, in turn: medians of the rounds, as times, as CPU time of all processes, and as ratios;
and the peak memory of all processes."""
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

COUNT = int(os.environ.get("STREAM_BENCH_FOLDERS", "10000"))
ROUNDS = int(os.environ.get("STREAM_BENCH_ROUNDS", "7"))
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tempfile_peer.py")
ONE = ("import os, sys, tempfile; d, p = tempfile.mkstemp(dir=sys.argv[1]); os.close(d); os.remove(p);"
       "os.rmdir(tempfile.mkdtemp(dir=sys.argv[1]))")


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


def run(program, root):
    """Microseconds a folder, by the clock and of CPU time, and the peak memory in MiB."""
    list_file, output = os.path.join(root, "list"), os.path.join(root, "output")
    with open(list_file, "w", encoding="utf-8") as file:
        file.write("\n".join(os.path.join(root, f"{number:05d}") for number in range(COUNT)))
    stop, peaks = threading.Event(), [0]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(output, "wb") as file:
        start = time.monotonic()
        process = subprocess.Popen([program, "check", "--level", "quick", "--ndjson", "--from-file", list_file],
                                   stdout=file)
        watcher = threading.Thread(target=peak_memory_of_tree, args=(process.pid, stop, peaks))
        watcher.start()
        process.wait()
        seconds = time.monotonic() - start
    stop.set()
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with open(output, "rb") as file:
        usable = sum(json.loads(line)["result"]["verdict"] in ("usable", "limited") for line in file
                     if b'"check-finished"' in line)
    if usable != COUNT or process.returncode != 0:
        sys.exit(f"{usable} of {COUNT} folders were usable, exit code {process.returncode}")
    return seconds / COUNT * 1e6, cpu / COUNT * 1e6, max(peaks) / 1024


def seconds_of(command):
    start = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.monotonic() - start


def many_folders(program, root):
    ours, peers = [], []
    for number in range(ROUNDS + 1):
        one = run(program, root)
        peer = subprocess.run([sys.executable, PEER, root, str(COUNT)], capture_output=True, text=True, check=True)
        if number > 0:  # the first round warms up
            ours.append(one)
            peers.append(float(peer.stdout) / 1e3)
    times, cpus, peaks = zip(*ours)
    ratio = statistics.median(a / b for a, b in zip(times, peers))
    print(f"check --ndjson --level quick of {COUNT} folders on tmpfs, end to end, medians of {ROUNDS} rounds")
    print(f"  scratchproof     {statistics.median(times):6.0f} us a folder  (at most 200), CPU time of all processes"
          f" {statistics.median(cpus):6.0f} us, peak memory of all processes {max(peaks):5.1f} MiB")
    print(f"  Python tempfile  {statistics.median(peers):6.0f} us a folder   ratio {ratio:.2f}  (at most 6.00)")


def one_folder(program, root):
    folder = os.path.join(root, "00000")
    pairs = [(seconds_of([program, "check", "--level", "quick", folder]),
              seconds_of([sys.executable, "-c", ONE, folder])) for _ in range(4 * ROUNDS)]
    ours, peers = zip(*pairs)
    ratio = statistics.median(a / b for a, b in pairs)
    print("check --level quick of one folder, the whole process")
    print(f"  scratchproof     {statistics.median(ours) * 1e3:6.2f} ms")
    print(f"  python3 -c       {statistics.median(peers) * 1e3:6.2f} ms   ratio {ratio:.3f}  (at most 0.120)")


def main():
    root = tempfile.mkdtemp(dir="/dev/shm", prefix="scratchproof-bench-")
    try:
        for number in range(COUNT):
            os.mkdir(os.path.join(root, f"{number:05d}"))
        many_folders(sys.argv[1], root)
        one_folder(sys.argv[1], root)
    finally:
        shutil.rmtree(root)


main()
