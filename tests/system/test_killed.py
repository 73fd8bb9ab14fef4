# SPDX-License-Identifier: GPL-2.0-only
"""cellctl killed at any moment of any operation: the operation is done or
not, and everything can go on."""

import random

import pytest

import blobs
import cloister as c
import faults
from blobs import MIB

SEED = faults.seed()
rng = random.Random(SEED)

CONFIG = "/cloister/qemu-virt-4.cell"
IMAGE = "/tmp/image"

# After a killed operation, what is there is known by looking; then all is
# undone, whatever it was. A request that is under way may still hold the
# cell, so that is repeated for as long as it says so.
SCRIPT = f"""
kill_after() {{
  delay=$1; shift
  "$@" > /dev/null 2>&1 & pid=$!
  usleep $delay
  kill -9 $pid 2> /dev/null
  wait $pid
}}
undo() {{
  for i in $(seq 100); do
    cellctl list > /dev/null 2>&1 || break
    cellctl list | grep -q fault || break
    cellctl destroy fault --force > /tmp/undo 2>&1 && break
    grep -q BUSY /tmp/undo || {{ cat /tmp/undo; return 1; }}
    usleep 20000
  done
}}
good() {{
  [ "$(cat /sys/devices/system/cpu/online)" = 0-3 ] ||
    {{ echo CPUs: $(cat /sys/devices/system/cpu/online); return 1; }}
  used=$(cat {c.SYSFS}/mem_pool_used 2> /dev/null)
  [ "$used" = "$expected" ] || {{ echo frames: $used; return 1; }}
}}
"""


def points(longest, count):
    """Times (in µs) at random: one in each of `count` equal parts."""
    part = longest // count
    return [rng.randrange(n * part, (n + 1) * part) for n in range(count)]


def kill_at(cloister, delays, prepare, command, expected):
    """Kill a command after each of these times (in µs), and clean up."""
    steps = "\n".join(f"{step} > /dev/null || exit 1" for step in prepare)
    script = SCRIPT + (
        f"expected={expected}\n"
        f"for delay in {' '.join(map(str, delays))}; do\n"
        f"{steps}\nkill_after $delay {command}\n"
        "undo && good || { echo after $delay us; exit 1; }\ndone\n")
    cloister.put("/tmp/kill.sh", script)
    code, output = cloister.run("sh /tmp/kill.sh 2>&1", timeout=400)
    assert code == 0, f"seed {SEED:#x}, kill of `{command}`: {output}"


def kill_everything(machine_factory, kernel, count):
    cloister = c.boot(machine_factory, kernel)
    config = blobs.cell("fault", cpus=[2, 3], ram=0x72000000, size=8 * MIB,
                        args=[5])
    cloister.put("/tmp/fault.cell", config.encode())
    # Large enough that the copy takes a while
    cloister.must(f"cat /cloister/fault.bin > {IMAGE}; "
                  f"head -c {4 * MIB} /dev/urandom >> {IMAGE}")
    cloister.create("/tmp/fault.cell")
    cloister.ctl("destroy fault")
    frames = cloister.sysfs("mem_pool_used")

    create = "cellctl create /tmp/fault.cell"
    load = f"cellctl load fault {IMAGE}"
    start = "cellctl start fault"
    # A process needs some milliseconds before it has even asked.
    for prepare, command, longest in (
            ([], create, 300000), ([create], load, 100000),
            ([create, load], start, 40000),
            ([create, load, start], "cellctl shutdown fault", 200000),
            ([create, load, start], "cellctl destroy fault", 300000)):
        kill_at(cloister, points(longest, count), prepare, command, frames)
    cloister.cpus_work()
    # All of it still works.
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "count 1")
    cloister.end("hello")

    kill_enable(cloister, count)
    cloister.rmmod()


def kill_enable(cloister, count):
    """Enabled or not: whichever it is, the other can be had."""
    cloister.disable()
    delays = " ".join(map(str, points(200000, count)))
    script = SCRIPT + (
        f"for delay in {delays}; do\n"
        f"kill_after $delay cellctl enable {CONFIG}\n"
        f"[ $(cat {c.SYSFS}/enabled) = 1 ] || cellctl enable {CONFIG} ||\n"
        "  exit 1\n"
        "kill_after $delay cellctl disable\n"
        f"[ $(cat {c.SYSFS}/enabled) = 0 ] || cellctl disable || exit 1\n"
        "good || { echo after $delay us; exit 1; }\ndone\n")
    cloister.put("/tmp/kill.sh", script)
    code, output = cloister.run("sh /tmp/kill.sh 2>&1", timeout=400)
    assert code == 0, f"seed {SEED:#x}: {output}"
    cloister.cpus_work()


@pytest.mark.fault(18)
def test_kill(machine_factory):
    kill_everything(machine_factory, None, 5)


@pytest.mark.fault(18)
@pytest.mark.long
def test_kill_long(machine_factory, kernel):
    kill_everything(machine_factory, kernel, 50)
