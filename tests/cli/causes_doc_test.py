#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/causes.md is what the program makes of its rules; its links lead somewhere.

usage: causes_doc_test.py SCRATCHPROOF-CLI DOCS/CAUSES.MD COMMAND-THAT-MENDS-IT
"""

import difflib
import re
import subprocess
import sys


def main() -> int:
    program, document, command = sys.argv[1:]
    made = subprocess.run([program, "explain", "--markdown"], check=True, capture_output=True, text=True).stdout
    with open(document, encoding="utf-8") as file:
        kept = file.read()
    if made != kept:
        lines = difflib.unified_diff(kept.splitlines(), made.splitlines(), "docs/causes.md", "the rules", lineterm="", n=0)
        print("\n".join(list(lines)[:20]))
        print(f"docs/causes.md is stale; this mends it: {command}")
        return 1
    anchors = set(re.findall(r'<a id="([^"]+)">', made))
    anchors |= {re.sub(r"[^a-z0-9-]", "", title.lower().replace(" ", "-")) for title in re.findall(r"^## (.+)$", made, re.M)}
    dangling = [link for link in re.findall(r"\]\(#([^)]+)\)", made) if link not in anchors]
    if dangling:
        print("links that lead nowhere:", *dangling)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
