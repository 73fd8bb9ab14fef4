# SPDX-License-Identifier: GPL-2.0-only
"""Memory belongs to one: root cannot reach that of a cell nor that of the
hypervisor, and gets a cell's back without what the guest left in it."""

import re

import pytest

import blobs
import cloister as c
import programs
from blobs import HYPERVISOR, MIB
from machine import MachineError

RAM, END = 0x71200000, 0x71300000       # of cell timer
WORD = 0x5ec2e75ec2e75ec2
RELAXED = "iomem=relaxed"   # /dev/mem may map what a driver has claimed


def reads(cloister, address, cpu=None):
    """What root finds at an address: a word, or None for a SIGBUS."""
    pin = f"taskset {1 << cpu:x} " if cpu is not None else ""
    code, output = cloister.run(f"{pin}mem read {address:#x} 8")
    if code == 3:
        assert output == f"SIGBUS at {address:#x}"
        return None
    if code:
        raise MachineError(f"mem read {address:#x}: exit code {code}, "
                           f"{output}")
    return int(re.match(r"first (0x[0-9a-f]+)", output).group(1), 16)


def unreachable(cloister, *addresses, cpus=(0,)):
    """Neither to be read nor to be written, on all these CPUs of root."""
    for address in addresses:
        for cpu in cpus:
            value = reads(cloister, address, cpu)
            assert value is None, \
                f"root's CPU {cpu} reads {value:#x} at {address:#x}"
        code, output = cloister.run(f"mem fill {address:#x} 8 0")
        assert (code, output) == (3, f"SIGBUS at {address:#x}")


@pytest.mark.fault(26, 31)
def test_memory_of_a_cell(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel, append=RELAXED)
    # While nobody has it, it is root's, and each CPU's TLB knows it.
    cloister.must(f"mem fill {RAM - 4096:#x} {MIB + 8192} {WORD:#x}")
    for cpu in range(4):
        assert reads(cloister, RAM + 0x8000, cpu) == WORD

    cloister.create("/cloister/timer.cell")
    inside = (RAM, RAM + 0x8000, END - 8)
    unreachable(cloister, *inside, cpus=range(3))
    cloister.ctl("load timer /cloister/timer.bin")
    # What is being loaded is visible, until the cell starts.
    assert reads(cloister, RAM) not in (None, 0, WORD)
    assert reads(cloister, END - 8) == WORD
    cloister.ctl("start timer")
    cloister.wait_console("timer", "period")
    unreachable(cloister, *inside, cpus=range(3))
    # Its neighbours are root's, to the page.
    for address in (RAM - 4096, RAM - 8, END, END + 4088):
        assert reads(cloister, address) == WORD
    cloister.alive("timer")
    assert cloister.info("timer")["violations"] == 0
    assert cloister.info("root")["violations"] > 0

    # Nor after it has ended: what it computed is not root's.
    cloister.ctl("shutdown timer")
    unreachable(cloister, *inside)
    cloister.ctl("start timer")
    cloister.wait_for("[ $(cellctl console timer | grep -c period) = 2 ]",
                      "the second life of timer")
    unreachable(cloister, *inside)

    cloister.ctl("destroy timer")
    assert cloister.must(f"mem read {RAM:#x} {MIB}") == (
        "first 0x0000000000000000, 0 of 131072 words are not zero")
    for address in (RAM - 4096, RAM - 8, END, END + 4088):
        assert reads(cloister, address) == WORD
    # And root can use it, on all CPUs.
    cloister.must(f"mem fill {RAM:#x} {MIB} {WORD:#x}")
    for cpu in range(4):
        assert reads(cloister, RAM, cpu) == WORD
    cloister.cpus_work()


@pytest.mark.fault(26)
def test_memory_of_the_hypervisor(machine_factory):
    cloister = c.boot(machine_factory, append=RELAXED)
    pages = range(HYPERVISOR, HYPERVISOR + 4 * MIB, 64 * 1024)
    # All of it, and nothing of what is around.
    script = "; ".join(
        f"mem read {page:#x} 4096; mem fill {page:#x} 8 0" for page in pages)
    lines = cloister.run(script, timeout=60).output.splitlines()
    assert lines == [f"SIGBUS at {page:#x}" for page in pages for _ in "rw"]
    unreachable(cloister, HYPERVISOR + 4 * MIB - 8, cpus=range(4))
    # 12 MiB of nobody's follow
    unreachable(cloister, HYPERVISOR + 4 * MIB, blobs.CELLS - 8)
    assert reads(cloister, blobs.CELLS) is not None
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "count 1")
    cloister.cpus_work(3)
    cloister.end("hello")
    cloister.disable()
    # Afterwards it is plain memory again.
    assert reads(cloister, HYPERVISOR) is not None
    assert reads(cloister, HYPERVISOR + 4 * MIB) is not None


@pytest.mark.fault(26)
def test_kernel_reaches_for_it(machine_factory, kernel):
    """Not a user but the kernel itself: an oops of that thread, no more."""
    cloister = c.boot(machine_factory, kernel,
                      files=programs.module("peek", kernel),
                      tolerate="Call trace|Oops|Internal error")
    cloister.must("insmod /cloister/peek.ko")
    debugfs = "/sys/kernel/debug/peek"
    cloister.must(f"echo {RAM:#x} > {debugfs}/read")
    cloister.launch("/cloister/timer.cell", "timer")
    cloister.wait_console("timer", "timer: 1 s")
    with cloister.machine.survives():
        for address in (RAM, HYPERVISOR):
            for what in ("read", "write"):
                code, _ = cloister.run(f"echo {address:#x} > {debugfs}/{what}")
                assert code, f"the kernel could {what} at {address:#x}"
    log = cloister.machine.dmesg()
    assert len(re.findall("synchronous external abort", log)) >= 4
    assert log.count("peek: 0x") == 1
    cloister.cpus_work(3)
    cloister.alive("timer")
    cloister.end("timer")
    cloister.cpus_work(4)
    cloister.disable()
