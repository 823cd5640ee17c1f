#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing and measuring large trees beside rm -rf and du -s, in turn, on tmpfs and on ext4 in an image on tmpfs; a very deep tree with
few descriptors; and how long the console program takes to make and clean a directory.

usage: scratch_bench.py SCRATCH_TREE SCRATCHPROOF_CLI [ROUNDS]

SCRATCH_TREE is a program that calls the engine of core/scratch for a directory and ends, so that whole processes are compared. Trees are made
anew for each removal, and stored (sync) before it. Ratios are medians of ROUNDS pairs, 15 if nothing is said. Ends with 1 where one is beyond
what a busy machine explains: 0.80 for removing, 0.65 for measuring. Needs root for the mounts, which are in a mount namespace of this process's own."""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

FEW_DESCRIPTORS = 256
MOST_OF_REMOVAL = 0.80
MOST_OF_MEASURING = 0.65
TOO_SLOW = []


def seconds(command, **options):
    started = time.monotonic()
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)
    taken = time.monotonic() - started
    if result.returncode != 0:
        sys.exit(f"{command} ended with {result.returncode}: {result.stderr.decode(errors='replace')[:500]}")
    return taken


def show(title, ours, theirs, peer, target, most):
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    print(f"  {title:<46} ours {statistics.median(ours):7.3f} s   {peer:<6} {statistics.median(theirs):7.3f} s"
          f"   ratio {ratio:.2f}  (at most {target:.2f})", flush=True)
    if ratio > most:
        TOO_SLOW.append(f"{title}: {ratio:.2f} of {peer}, which is more than {most:.2f}")


def make(program, folder, shape):
    seconds([program, "make", folder, shape])
    seconds(["sync", "-f", folder])


def removal(program, where, shape, title, target, rounds):
    folder = os.path.join(where, "tree")
    ours, theirs = [], []
    for _ in range(rounds):
        for command, times in (([program, "remove", folder], ours), (["rm", "-rf", folder], theirs)):
            make(program, folder, shape)
            times.append(seconds(command))
            if os.path.lexists(folder):
                sys.exit(f"{command} left {folder}")
    show(title, ours, theirs, "rm -rf", target, MOST_OF_REMOVAL)


def measuring(program, where, shape, title, target, rounds):
    folder = os.path.join(where, "tree")
    make(program, folder, shape)
    ours, theirs = [], []
    for round_number in range(rounds + 1):
        one, other = seconds([program, "measure", folder]), seconds(["du", "-s", folder])
        if round_number > 0:
            ours.append(one)
            theirs.append(other)
    seconds(["rm", "-rf", folder])
    show(title, ours, theirs, "du -s", target, MOST_OF_MEASURING)


def depth(program, where, levels):
    folder = os.path.join(where, "deep")
    make(program, folder, str(levels))
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_DESCRIPTORS, FEW_DESCRIPTORS))
    measured = seconds([program, "measure", folder], preexec_fn=few)
    removed = seconds([program, "remove", folder], preexec_fn=few)
    print(f"  {levels} levels with {FEW_DESCRIPTORS} descriptors: measured in {measured:.3f} s, removed in {removed:.3f} s", flush=True)


def create_and_clean(cli, where, rounds):
    home = os.path.join(where, "home")
    os.makedirs(home)
    environment = dict(os.environ, HOME=home, XDG_STATE_HOME=os.path.join(home, "state"), XDG_RUNTIME_DIR=home)
    times = []
    for number in range(rounds + 1):
        started = time.monotonic()
        made = subprocess.run([cli, "scratch", "create", f"bench-{number}", "--in", where, "--json"], env=environment,
                              stdout=subprocess.PIPE, check=True)
        identity = json.loads(made.stdout)["directory"]["id"]
        subprocess.run([cli, "scratch", "clean", identity, "--yes"], env=environment, stdout=subprocess.DEVNULL, check=True)
        if number > 0:
            times.append((time.monotonic() - started) * 1000)
        if os.path.lexists(os.path.join(where, f"bench-{number}")):
            sys.exit("scratch clean left the directory")
    print(f"  create and clean an empty one with the console program: median of {rounds} {statistics.median(times):.2f} ms,"
          f" at best {min(times):.2f} ms  (at most 12)", flush=True)


def all_of_it(program, cli, where, rounds):
    removal(program, where, "wide", "remove 200,000 files in 2,000 directories", 0.65, rounds)
    removal(program, where, "flat", "remove 200,000 files in one directory", 0.65, rounds)
    measuring(program, where, "wide", "measure 200,000 files in 2,000 directories", 0.55, rounds)
    measuring(program, where, "flat", "measure 200,000 files in one directory", 0.50, rounds)
    depth(program, where, 50000)
    create_and_clean(cli, where, 50)


def main():
    program, cli = (os.path.abspath(path) for path in sys.argv[1:3])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 15
    if os.geteuid() != 0:
        print("scratch_bench: skipped, it mounts file systems and so needs root")
        return
    if os.environ.get("SCRATCH_BENCH_APART") != "1":
        os.environ["SCRATCH_BENCH_APART"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable] + sys.argv)
    where = tempfile.mkdtemp(prefix="scratchproof-bench-")
    try:
        seconds(["mount", "-t", "tmpfs", "-o", "size=6g,mode=0755,nr_inodes=0", "tmpfs", where])
        memory, image, disk = (os.path.join(where, name) for name in ("memory", "image", "disk"))
        os.mkdir(memory)
        os.mkdir(disk)
        print(f"scratch directories: whole processes in turn, medians of {rounds}; {os.cpu_count()} processors")
        print(" tmpfs")
        all_of_it(program, cli, memory, rounds)
        with open(image, "wb") as file:
            file.truncate(3 << 30)
        seconds(["mkfs.ext4", "-qF", "-N", "500000", image])
        seconds(["mount", "-o", "loop", image, disk])
        print(" ext4 in an image on tmpfs")
        all_of_it(program, cli, disk, rounds)
        seconds(["umount", disk])
    finally:
        subprocess.run(["umount", "-l", where], check=False)
        os.rmdir(where)
    if TOO_SLOW:
        sys.exit("\n".join(TOO_SLOW))


main()
