#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Instruction counts of the page-table engine, row by row, against the goals.

usage: run.py BENCH [--json FILE]   (FILE: build/bench.json)

BENCH is the program built from bench.c. Each row runs under callgrind, which
counts from the entry to the return of the function that does the work.
Exit status 1 where a result is wrong or a goal is missed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

ROUNDS = 1000000

# row, function that is counted, goal in instructions, goal in tables (all, or
# new ones for f), best of the peers in instructions
ROWS = [
    ("a", "bench_map", 1_850_000, 515, 18_400_000),
    ("a2", "bench_map", 1_850_000, None, 18_400_000),
    ("b", "bench_map", 115, 1, 115),
    ("b2", "bench_map", 10_800, 3, 39_000),
    ("c", "bench_c", 350_000, None, 2_330_000),
    ("c2", "bench_c", 1_200_000, None, 11_700_000),
    ("d_4k", "bench_d", 45, None, 61),
    ("d_2m", "bench_d", 37, None, 53),
    ("d_1g", "bench_d", 25, None, 41),
    ("e_a2", "bench_unmap", 100_000, 1, 4_750_000),
    ("e_c2", "bench_unmap", 100_000, 1, 3_060_000),
    ("f", "bench_unmap", 8_000, None, 13_500),
    # The same through the address-space layer, for what it adds: no goals
    ("as_b", "bench_as_map", None, None, None),
    ("as_c2", "bench_as_c", None, None, None),
    ("as_e_c2", "bench_as_unmap", None, None, None),
    ("as_f", "bench_as_unmap", None, None, None),
    ("as_fault", "bench_as_fault", None, None, None),
]


def count(bench, row, function):
    """Runs one row; returns its report and the instructions of @function."""
    with tempfile.TemporaryDirectory() as directory:
        out = os.path.join(directory, "callgrind.out")
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
             f"--toggle-collect={function}", bench, row],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if not done.stdout:
            sys.exit(f"row {row}: {done.stderr}")
        with open(out, encoding="ascii", errors="replace") as lines:
            total = next(line for line in lines if line.startswith(("summary:", "totals:")))
    return json.loads(done.stdout), int(re.search(r"\d+", total).group())


def save(path, result):
    everything = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            everything = json.load(file)
    everything.update(result)
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(everything, indent=1, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("--json", help="put mm.ROW into this flat object")
    args = parser.parse_args()
    failed = False
    result = {}

    print(f"{'row':8} {'instructions':>12} {'goal':>10} {'best peer':>10} {'tables':>7} "
          f"{'new':>5} {'TLBI':>5} {'cleaned':>8}")
    for row, function, goal, tables, peer in ROWS:
        report, instructions = count(args.bench, row.replace("d_", "d"), function)
        cost = instructions / ROUNDS if row[0] == "d" else instructions
        good = report["ok"] and (goal is None or cost <= goal)
        if tables is not None:
            good = good and report["tables"] <= tables
        if row == "f":
            good = good and report["new_tables"] <= 2
        failed = failed or not good
        shown = f"{cost:.2f}" if row[0] == "d" else f"{cost}"
        print(f"{row:8} {shown:>12} {goal or '-':>10} {peer or '-':>10} {report['tables']:>7} "
              f"{report['new_tables']:>5} {report['invalidations']:>5} "
              f"{report['lines_cleaned']:>8} {'ok' if good else 'MISSED'}")
        result[f"mm.{row}"] = round(cost, 2)
        if row == "a":
            result["mm.a_tables"] = report["tables"]
        if row == "f":
            result["mm.f_tables"] = report["new_tables"]
    if args.json:
        save(args.json, result)
    sys.exit(failed)


if __name__ == "__main__":
    main()
