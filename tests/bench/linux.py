# SPDX-License-Identifier: GPL-2.0-only
"""A Linux cell in `make bench`: what its boot and its idling cost.

A stock kernel with two CPUs boots to its init, and idles at a shell. A plugin of
QEMU's (linux/plugin.c) counts what its CPUs execute at EL2, between marks that
the programs in the machine set: nobody in the machine counts, and nothing is
started in another way than by a user. Exits are those of `cellctl stats`.
"""

import json
import pathlib
import re
import subprocess

import payload

HERE = pathlib.Path(__file__).resolve().parent
OUT = payload.BUILD / "bench/linux"
CROSS = "aarch64-linux-gnu-"
CPUS = (2, 3)           # of configs/qemu-virt/linux.c
ENTRY = 0x90000000
IDLE_SECONDS = 10
# Suffix of the ids, and what the command line has besides. There is none in direct
# mode: it waits in WFE, which takes QEMU's -icount ages.
KINDS = {"": "", "_quiet": "quiet"}

# id without suffix: what; the table of bench.py has them all
WHAT = {
    "start_el2": "instructions at EL2 until the kernel's first",
    "boot_el2": "the same from there to its init",
    "boot_exits": "exits until the shell",
    "idle_el2_per_s": "instructions at EL2 in a second at the shell",
    "idle_exits_per_s": "exits in a second at the shell",
}
ROWS = {f"linux.{name}{suffix}":
        (f"{kind or 'Linux cell'}: {what}", None, None)
        for suffix, kind in KINDS.items() for name, what in WHAT.items()}

# Between two looks root sleeps: what it does would take turns with the cell
SCRIPT = f"""
cd /cloister
insmod ./cloister.ko && cellctl enable system.cell || exit 1
look() {{ echo "linux $1 $(cellctl stats linux --json | tr -d '\\n')"; }}
linux() {{
        suffix=$1 append=$2
        mark
        cellctl linux linux.cell vmlinuz --initrd initrd \\
                --append "nokaslr $append" || exit 1
        until cellctl console linux | tail -n 1 | grep -q '^cloister# '; do
                usleep 200000
        done
        look boot$suffix
        # What is still to be done after a boot
        sleep 5
        look settled$suffix; mark
        sleep {IDLE_SECONDS}
        look idle$suffix; mark
        cellctl destroy linux || exit 1
}}
""" + "\n".join(f"linux '{suffix}' '{append}'"
                for suffix, append in KINDS.items()) + "\n"


def prepare(kernel):
    """Builds what is needed: ({dest: src} for the machine, QEMU's options)."""
    OUT.mkdir(parents=True, exist_ok=True)
    flags = ["-std=gnu11", "-O2", "-Wall", "-Werror"]
    subprocess.run(["gcc", *flags, "-shared", "-fPIC", HERE / "linux/plugin.c",
                    "-o", OUT / "plugin.so"], check=True)
    subprocess.run([f"{CROSS}gcc", *flags, "-static", "-s",
                    HERE / "linux/mark.c", "-o", OUT / "mark"], check=True)
    (OUT / "init").write_text("mark\n", encoding="utf-8")
    initrd = payload.initramfs({"bin/mark": OUT / "mark"}, run=OUT / "init")
    symbols = subprocess.run(
        [f"{CROSS}objdump", "-h", payload.BUILD / "hypervisor/cloister.elf"],
        check=True, text=True, stdout=subprocess.PIPE).stdout
    text = [(int(size, 16), int(address, 16)) for size, address in re.findall(
        r"^ *\d+ \.text\w* +(\w+) +(\w+)", symbols, re.M)]
    begin = min(address for _, address in text)
    end = max(address + size for size, address in text)
    marks = OUT / "marks"
    return ({"bin/mark": OUT / "mark", "cloister/initrd": initrd,
             "cloister/vmlinuz": payload.CACHE / kernel / "image"},
            ["-plugin", f"{OUT}/plugin.so,from={begin:#x},to={end:#x},"
             f"entry={ENTRY:#x},out={marks}"])


def read_marks():
    """[(CPU that set it, instructions at EL2 of the cell's CPUs)]"""
    result = []
    for line in (OUT / "marks").read_text(encoding="ascii").splitlines():
        numbers = [int(word) for word in line.split()]
        result.append((numbers[0], sum(numbers[1 + cpu] for cpu in CPUS)))
    return result


def exits(text):
    """{reason: exits of all CPUs}"""
    result = {}
    for cpu in json.loads(text):
        for reason, number in cpu["exits"].items():
            result[reason] = result.get(reason, 0) + number
    return result


def figures(output):
    """({id: cost}, {id: {reason: exits}}) of what SCRIPT printed."""
    stats = {name: exits(text) for name, text in
             re.findall(r"^linux (\w+) (\[.*\])\s*$", output, re.M)}
    marks = iter(read_marks())
    costs, reasons = {}, {}
    for suffix in KINDS:
        (_, start), (first, entry), (second, init), (_, settled), (_, end) = (
            next(marks) for _ in range(5))
        assert first in CPUS and second in CPUS, "the cell's own marks"
        idle = {reason: (number - stats[f"settled{suffix}"][reason]) /
                IDLE_SECONDS
                for reason, number in stats[f"idle{suffix}"].items()}
        reasons[f"linux.boot_exits{suffix}"] = stats[f"boot{suffix}"]
        reasons[f"linux.idle_exits_per_s{suffix}"] = idle
        costs[f"linux.start_el2{suffix}"] = entry - start
        costs[f"linux.boot_el2{suffix}"] = init - entry
        costs[f"linux.idle_el2_per_s{suffix}"] = round(
            (end - settled) / IDLE_SECONDS)
    costs.update((name, by["total"]) for name, by in reasons.items())
    return costs, reasons
