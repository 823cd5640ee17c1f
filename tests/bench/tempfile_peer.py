#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peer of quick_probe_bench: what Python's tempfile does in each folder. Prints nanoseconds per folder."""
import os
import sys
import tempfile
import time

root, count = sys.argv[1], int(sys.argv[2])
folders = [os.path.join(root, f"{number:05d}") for number in range(count)]
start = time.perf_counter_ns()
for folder in folders:
    descriptor, path = tempfile.mkstemp(dir=folder)
    os.close(descriptor)
    os.remove(path)
    os.rmdir(tempfile.mkdtemp(dir=folder))
print((time.perf_counter_ns() - start) / count)
