# SPDX-License-Identifier: GPL-2.0-only
"""A fault of the hypervisor itself: one instruction of it is overwritten, by
the debugger of the machine, with one that does not exist. That CPU's cell is
lost, and nothing else; the dump is in the log, also for who loads it next."""

import re
import subprocess

import blobs
import cloister as c
import gdbstub
import payload
from gdbstub import Gdb
from machine import NEVER
from test_hostile import RAM, SYSTEM_RESET

HYPERVISOR_MEMORY = 0x70000000
IMAGE = 0x200000    # where it is linked: hypervisor/arch/arm64/layout.h
UNDEFINED = bytes(4)


def physical(symbol):
    """Where a function of the hypervisor lies in the machine."""
    elf = payload.BUILD / "hypervisor/cloister.elf"
    names = subprocess.run(["aarch64-linux-gnu-nm", elf], check=True,
                           text=True, stdout=subprocess.PIPE).stdout
    address = re.search(rf"^(\w+) T {symbol}$", names, re.M)
    assert address, f"{symbol} is not in {elf}"
    return int(address[1], 16) - IMAGE + HYPERVISOR_MEMORY


def test_fault_of_the_hypervisor(machine_factory):
    stub = gdbstub.socket_path()
    cloister = c.boot(machine_factory, qemu_args=gdbstub.qemu_args(stub))
    # The dump goes to the machine's console, too: expected here
    cloister.machine.death = NEVER
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "count 1")

    with Gdb(stub) as gdb:
        # Only a cell that resets itself comes there
        gdb.write(physical("cell_reset_self"), UNDEFINED)
    cloister.launch(blobs.cell("fault", ram=RAM, args=[SYSTEM_RESET, 0]),
                    "fault")
    cloister.wait_state("fault", "failed")

    shown = cloister.ctl("show fault")
    assert "hypervisor" in shown, shown
    log = cloister.ctl("console --hypervisor")
    dump = re.search(r"FATAL: EL2 exception on CPU (\d+): ESR (\w+)", log)
    assert dump, log
    assert int(dump[2], 16) >> 26 == 0, "not an undefined instruction"
    assert re.search(r"x00 0x[0-9a-f]{16} x01", log), log

    # Nothing else is lost, and the CPU can be had back
    cloister.alive("hello")
    cloister.cpus_work(2)
    cloister.ctl("destroy fault")
    cloister.cpus_work(3)
    cloister.end("hello")
    cloister.cpus_work(4)
    cloister.disable()

    # The memory still is as it was: what the next one to load it finds
    cloister.enable()
    kernel_log = cloister.machine.dmesg()
    assert "FATAL: EL2 exception" in kernel_log, kernel_log[-2000:]
    cloister.disable()
    cloister.rmmod()
