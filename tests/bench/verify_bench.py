#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`verify` beside f3 and fio, in turn, on ext4 on a loop device over a file on tmpfs. As root, with a mount namespace of
its own.

usage: verify_bench.py SCRATCHPROOF_CLI [SIZE_IN_MIB] [ROUNDS] [capacity|speed]      (4096 MiB, 7 rounds, both)
"""

import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

MIB = 1 << 20
# What fio calls the jobs of `verify speed`.
FIO_JOBS = {
    "sequential-write-q32": ("write", "1M", 32), "sequential-write-q1": ("write", "1M", 1),
    "sequential-read-q32": ("read", "1M", 32), "sequential-read-q1": ("read", "1M", 1),
    "random-write-q32": ("randwrite", "4k", 32), "random-write-q1": ("randwrite", "4k", 1),
    "random-read-q32": ("randread", "4k", 32), "random-read-q1": ("randread", "4k", 1),
}
SECONDS = 2


class Ran(NamedTuple):
    seconds: float
    cpu: float
    memory_mib: float
    output: str


def run(*command: str) -> Ran:
    """A whole process with its children."""
    before = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{output}")
    return Ran(time.monotonic() - before, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output)


def in_own_namespace() -> None:
    if os.environ.get("VERIFY_BENCH_INSIDE") != "1":
        os.environ["VERIFY_BENCH_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


def mount_drive(folder: str, size: int) -> str:
    memory, drive = folder + "/memory", folder + "/drive"
    os.mkdir(memory)
    os.mkdir(drive)
    subprocess.run(["mount", "-t", "tmpfs", "none", memory], check=True)
    with open(memory + "/image", "wb") as image:
        image.truncate(size)
    subprocess.run(["mkfs.ext4", "-qF", "-m", "0", memory + "/image"], check=True)
    subprocess.run(["mount", "-o", "loop", memory + "/image", drive], check=True)
    return drive


def show(what: str, ours: list[float], theirs: list[float], unit: str, peer: str) -> None:
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"{what:34} {mine:10.1f} {unit} ({min(ours):.1f} to {max(ours):.1f}), {peer} {other:10.1f} "
          f"({min(theirs):.1f} to {max(theirs):.1f}), ratio {mine / other:.2f}"
          + (f", within the spread of {peer}" if min(theirs) <= mine <= max(theirs) else ""))


def ran_ns(process: int) -> dict[int, int]:
    """How long each thread of it has run."""
    times = {}
    for thread in glob.glob(f"/proc/{process}/task/*/schedstat"):
        try:
            with open(thread, encoding="ascii") as file:
                times[int(thread.split("/")[4])] = int(file.read().split()[0])
        except OSError:
            continue
    return times


def share_of_progress(cli: str, drive: str) -> float:
    """Of a full check's processor time: the command, and of the prober the thread that tells, while threads of their own
    write and read."""
    with subprocess.Popen([cli, "verify", "capacity", "--yes", drive], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        time.sleep(0.3)
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            prober = int(file.read().split()[0])
        telling, before = ran_ns(process.pid), ran_ns(prober)
        command, threads = telling, dict(before)
        while process.poll() is None:
            command = ran_ns(process.pid) or command
            threads.update(ran_ns(prober))
            time.sleep(0.05)
    ran = {thread: ns - before.get(thread, 0) for thread, ns in threads.items()}
    told = sum(command.values()) - sum(telling.values()) + ran[prober]
    return told / (told + sum(ran.values()) - ran[prober])


def bench_capacity(cli: str, drive: str, rounds: int) -> None:
    writing, verifying, cpu = ([], []), ([], []), ([], [])
    whole, quick, share, progress, memory = [], [], [], [], 0.0
    for _ in range(rounds):
        kept = run(cli, "verify", "capacity", "--yes", "--keep", "--json", drive)
        result = json.loads(kept.output)
        mib = result["tested_bytes"] / MIB
        writing[0].append(mib / (kept.seconds - result["verifying_ns"] / 1e9))
        again = run(cli, "verify", "capacity", "--again", drive)
        verifying[0].append(mib / again.seconds)
        run(cli, "scratch", "clean", "--yes", result["id"])
        full = run(cli, "verify", "capacity", "--yes", drive)
        whole.append(full.seconds)
        cpu[0].append(full.cpu / mib * 1000)
        sampled = run(cli, "verify", "capacity", "--quick", "--yes", "--json", drive)
        quick.append(sampled.seconds)
        share.append(json.loads(sampled.output)["sampling"]["written_bytes"] / json.loads(sampled.output)["claimed_bytes"])
        progress.append(share_of_progress(cli, drive))
        memory = max(memory, full.memory_mib, kept.memory_mib, sampled.memory_mib)

        wrote = run("f3write", drive)
        written = sum(os.stat(entry.path).st_size for entry in os.scandir(drive) if entry.name.endswith(".h2w")) / MIB
        read = run("f3read", drive)
        writing[1].append(written / wrote.seconds)
        verifying[1].append(written / read.seconds)
        cpu[1].append((wrote.cpu + read.cpu) / written * 1000)
        for entry in os.scandir(drive):
            if entry.name.endswith(".h2w"):
                os.unlink(entry.path)
    show("writing", *writing, "MiB/s", "f3write")
    show("verifying", *verifying, "MiB/s", "f3read")
    show("processor, write and verify", *cpu, "ms/MiB", "f3")
    print(f"quick: {statistics.median(quick):.2f} s, the full check {statistics.median(whole):.2f} s, "
          f"1/{statistics.median(whole) / statistics.median(quick):.1f}; {100 * statistics.median(share):.2f} % written")
    print(f"progress: {100 * statistics.median(progress):.2f} % of the processor time of a full check")
    print(f"memory: {memory:.1f} MiB at most")


def fio(drive: str, name: str) -> float:
    pattern, block, depth = FIO_JOBS[name]
    # The same work as ours: a thread, no clock for each request, buffers that are filled once and then stamped, other
    # places each time, a file that is there before it is measured, and all that came back asked for again at once.
    ran = run("fio", "--name=job", f"--filename={drive}/fio", "--size=1G", "--direct=1", "--ioengine=io_uring",
              f"--rw={pattern}", f"--bs={block}", f"--iodepth={depth}", f"--runtime={SECONDS}", "--time_based",
              "--norandommap", "--randrepeat=0", "--thread", "--gtod_reduce=1", "--refill_buffers=0",
              "--scramble_buffers=1", "--fallocate=native", f"--iodepth_batch_submit={depth}",
              "--iodepth_batch_complete_min=1", f"--iodepth_batch_complete_max={depth}", "--output-format=json")
    job = json.loads(ran.output[ran.output.index("{"):])["jobs"][0]
    return job["write" if "write" in pattern else "read"]["bw_bytes"] / 1e6


def bench_speed(cli: str, drive: str, rounds: int) -> None:
    ours, theirs = {name: [] for name in FIO_JOBS}, {name: [] for name in FIO_JOBS}
    for number in range(rounds):
        # In turn also who comes first.
        for is_ours in (True, False) if number % 2 == 0 else (False, True):
            if is_ours:
                result = json.loads(run(cli, "verify", "speed", "--time", str(SECONDS), "--json", drive).output)
                for job in result["jobs"]:
                    ours[job["name"]].append(job["bytes_per_second"] / 1e6)
            else:
                for name in FIO_JOBS:
                    theirs[name].append(fio(drive, name))
                os.unlink(drive + "/fio")
    for name in FIO_JOBS:
        show(name, ours[name], theirs[name], "MB/s", "fio")


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    missing = [tool for tool in ("f3write", "f3read", "fio", "mkfs.ext4", "unshare") if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        print("verify: not measured: " + (f"{', '.join(missing)} missing" if missing else "this takes root"))
        return
    in_own_namespace()
    cli = os.path.abspath(sys.argv[1])
    size = int(sys.argv[2] if len(sys.argv) > 2 else 4096) * MIB
    rounds = int(sys.argv[3] if len(sys.argv) > 3 else 7)
    only = sys.argv[4] if len(sys.argv) > 4 else ""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        drive = mount_drive(folder, size)
        try:
            if only != "speed":
                bench_capacity(cli, drive, rounds)
            else:
                run(cli, "verify", "capacity", "--yes", drive)  # the memory below is there before it is measured
            if only != "capacity":
                bench_speed(cli, drive, rounds)
        finally:
            subprocess.run(["umount", "--lazy", drive], check=False)
            subprocess.run(["umount", "--lazy", folder + "/memory"], check=False)


if __name__ == "__main__":
    main()
