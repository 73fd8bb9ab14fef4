# SPDX-License-Identifier: GPL-2.0-only
"""A Linux in a cell, root's, and a guest with a timer, all of them busy."""

import re

import pytest

import blobs
import cloister as c
import payload
from machine import COMPLAINT

pytestmark = pytest.mark.skipif(not payload.is_cached("compiler"),
                                reason="the compiler is not in the cache")

SECONDS = 120
PERIOD_US = 10000
# Its histogram is that of all samples: it prints it when it is full, or ends
SAMPLES = 1 << 40

# In the cell, from Debian's ramdisk but without systemd
CELL = """#!/bin/bash
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
dmesg -n 1
cd /tmp
echo "load: begins"
stress-ng --verify --timeout {seconds} --cpu 2 --vm 1 --vm-bytes 64M \\
        --timer 1 --timer-freq 1000 --fork 1 --hdd 1 --hdd-bytes 8M < /dev/null
echo "load: ended with $?"
dmesg -l emerg,alert,crit,err,warn
echo "load: that was its log"
poweroff -f
"""

# In root, until the cell ends: a compiler, processes, files and pipes. Whatever
# round it is, the same comes out. tcc has the types of stdint.h in stddef.h.
ROOT = """
echo '#include <stddef.h>' > /src/stdint.h
cd /tmp
while [ -e busy ]; do
        n=$(((n + 1) % 4))
        mkdir -p work/$n
        for file in /src/config/*.c; do
                object=work/$n/$(basename $file .c).o
                tcc -nostdinc -I/usr/lib/aarch64-linux-gnu/tcc/include -I/src \\
                        -c $file -o $object || echo "tcc: $?"
                sha256sum < $object
        done
        cp /bin/busybox work/$n/copy
        tar c -C work $n | gzip -1 > work/$n.tar.gz
        tar xzO -f work/$n.tar.gz $n/copy | sha256sum
        for word in $(seq 50); do /bin/busybox echo $word; done | sort -rn | head -n 1
        rm -r work/$n work/$n.tar.gz
        rounds=$((rounds + 1))
done > said
sort said | uniq -c > sorted
echo $rounds > rounds
"""
COMPILED = len(list((payload.ROOT / "lib/config").glob("*.c")))


def files(kernel, tmp_path, seconds):
    script = tmp_path / "load.sh"
    script.write_text(CELL.format(seconds=seconds))
    script.chmod(0o755)
    return {"cloister/vmlinuz": payload.CACHE / kernel / "image",
            "cloister/debian": payload.initramfs({"load.sh": script},
                                                 mode="debian"),
            **payload.compiler_files()}


def timer():
    config = blobs.load("timer")
    config.cpus = [1]
    config.cell["args"] = [PERIOD_US, SAMPLES]
    return config


def check_cell(cloister):
    text = cloister.console("linux").replace("\r", "")
    assert "\nload: ended with 0\n" in text, text
    assert "successful run completed" in text, text
    log = re.search(r"(?s)load: ended with 0\n(.*)load: that was its log",
                    text)[1]
    assert not COMPLAINT.search(log), log
    assert cloister.info("linux")["violations"] == 0


def check_root(cloister):
    """Each round has said the same."""
    cloister.must("rm /tmp/busy")
    cloister.wait_for("[ -e /tmp/rounds ]", "the end of root's load", 60)
    rounds = int(cloister.must("cat /tmp/rounds"))
    lines = cloister.must("cat /tmp/sorted").split("\n")
    # The objects, the file that was packed, and the first of the words
    assert rounds > 1 and len(lines) == COMPILED + 2, lines
    assert all(int(line.split()[0]) == rounds for line in lines), lines
    return rounds


def check_timer(cloister):
    """None is lost, or it would have been the last: the handler asks for the
    next one. How late they come is a matter of the host's time for QEMU."""
    cloister.ctl("shutdown timer")
    text = cloister.console("timer").replace("\r", "")
    seconds = [list(map(int, numbers)) for numbers in re.findall(
        r"^timer: (\d+) s: (\d+) samples, .*, missed (\d+)$", text, re.M)]
    print(text[text.rindex("timer: histogram of"):])
    # Its console keeps the last of them
    first, last = seconds[0][0], seconds[-1][0]
    assert [n for n, _, _ in seconds] == list(range(first, last + 1))
    ticks = sum(samples + missed for _, samples, missed in seconds)
    expected = len(seconds) * 1000000 // PERIOD_US
    assert abs(ticks - expected) <= expected // 50, (ticks, expected)
    histogram = text[text.rindex("timer: histogram of"):]
    total = int(re.search(r"histogram of (\d+) samples", histogram)[1])
    buckets = re.findall(r"^timer: +(?:<|>=) +\d+ ns +(\d+)$", histogram, re.M)
    assert sum(map(int, buckets)) == total
    missed = int(re.search(r"^timer: missed (\d+)$", histogram, re.M)[1])
    assert total + missed >= last * 1000000 // PERIOD_US - 1
    return total, missed, last


@pytest.mark.long
def test_load(machine_factory, kernel, tmp_path):
    """Two minutes, under a root of another version."""
    cloister = c.boot(machine_factory, c.other_kernel(kernel, 1),
                      files=files(kernel, tmp_path, SECONDS))
    cloister.launch(timer(), "timer")
    cloister.wait_console("timer", "timer: 1 s: ")
    cloister.put("/tmp/root.sh", ROOT)
    cloister.must("touch /tmp/busy; sh /tmp/root.sh > /tmp/root.out 2>&1 &")
    cloister.ctl("linux /cloister/linux.cell /cloister/vmlinuz --initrd"
                 " /cloister/debian --append 'rdinit=/load.sh quiet'",
                 timeout=120)
    cloister.wait_console("linux", "^load: begins", timeout=180)
    cloister.wait_state("linux", "shut-down", timeout=120 + 3 * SECONDS)
    check_cell(cloister)
    rounds = check_root(cloister)
    total, missed, last = check_timer(cloister)
    print(f"root: {rounds} rounds; timer: {total} interrupts in {last} s,"
          f" {missed} periods passed without one")
    cloister.ctl("destroy timer")
    cloister.ctl("destroy linux")
    cloister.cpus_work()
    cloister.disable()
