#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of the start, from exec until the window stands and is idle, of the window and of a minimal Qt program, in turn; and the
window's resident memory some seconds after its start. Needs Xvfb."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 7
SETTLED = 1.5  # seconds


def cpu_seconds(command, environment):
    """What all threads have used once the window stands and is idle: an upper bound for exec to first paint."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(SETTLED)
    nanoseconds = 0
    for task in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{task}/schedstat", encoding="ascii") as schedstat:
            nanoseconds += int(schedstat.read().split()[0])
    if process.poll() is not None:
        sys.exit(f"{command[0]} ended with {process.returncode}")
    process.terminate()
    process.wait()
    return nanoseconds / 1e9


def resident_mebibytes(command, environment):
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(3)
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
        values = {line.split(":")[0]: line.split()[1] for line in status if line.startswith(("VmRSS", "RssFile"))}
    process.terminate()
    process.wait()
    return int(values["VmRSS"]) / 1024, int(values["RssFile"]) / 1024


def main():
    window, minimal = sys.argv[1:3]
    if shutil.which("Xvfb") is None:
        sys.exit("start_bench: Xvfb is not installed")
    reader, writer = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "1400x900x24"], pass_fds=[writer],
                              stderr=subprocess.DEVNULL)
    os.close(writer)
    display = os.fdopen(reader).readline().strip()
    home = tempfile.mkdtemp(prefix="scratchproof-bench-home-")
    environment = dict(os.environ, DISPLAY=f":{display}", QT_QPA_PLATFORM="xcb", HOME=home, XDG_CONFIG_HOME=home,
                       XDG_STATE_HOME=home)
    try:
        ours, peer = [], []
        for round_number in range(ROUNDS + 1):
            one, other = cpu_seconds([window], environment), cpu_seconds([minimal], environment)
            if round_number > 0:
                ours.append(one)
                peer.append(other)
        print(f"start until the window stands, CPU seconds, median of {ROUNDS}")
        print(f"  scratchproof     {statistics.median(ours):.3f}")
        print(f"  minimal window   {statistics.median(peer):.3f}   ratio"
              f" {statistics.median(a / b for a, b in zip(ours, peer)):.2f}  (at most 1.50)")
        total, of_files = resident_mebibytes([window], environment)
        print(f"  resident memory  {total:.1f} MiB, of it {of_files:.1f} MiB mapped files  (at most 60)")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(home, ignore_errors=True)


main()
