# SPDX-License-Identifier: GPL-2.0-only
"""Out of hypervisor memory: the machine's debugger lets each allocation of an
enable and of a create fail, one after the other. Each time all is undone."""

import re
import subprocess

import pytest

import blobs
import cloister as c
import gdbstub
import payload
from blobs import CELLS, MIB
from gdbstub import Gdb

X0, X30 = 0, 30
CL_BOOT_COMMIT = 3      # include/cloister/image.h
MANY = 200


def addresses(*symbols):
    """Where functions of the hypervisor are for itself."""
    elf = payload.BUILD / "hypervisor/cloister.elf"
    names = subprocess.run(["aarch64-linux-gnu-nm", elf], check=True,
                           text=True, stdout=subprocess.PIPE).stdout
    return [int(re.search(rf"^(\w+) T {symbol}$", names, re.M)[1], 16)
            for symbol in symbols]


class Session:
    """A command during which one allocation fails."""

    def __init__(self, cloister, stub):
        self.cloister, self.stub = cloister, stub
        self.alloc, self.boot, self.create = addresses(
            "pool_alloc_raw", "boot_command", "cell_create")

    def run(self, command, number):
        """Let allocation `number` fail; returns how many were seen, and
        (exit code, output). Fewer were seen if there are no more."""
        machine = self.cloister.machine
        with Gdb(self.stub) as gdb:
            breaks = {self.alloc, self.boot, self.create}
            for address in breaks:
                gdb.break_at(address)
            machine.spawn(f"cellctl {command} < /dev/null")
            seen = self._until_the_end(gdb, breaks, number)
            for address in breaks:
                gdb.clear_break(address)
        return seen, machine.wait(timeout=60)

    def _until_the_end(self, gdb, breaks, number):
        seen, end = 0, None
        while True:
            gdb.resume()
            cpu = gdb.stopped()
            at = gdb.register(Gdb.PC)
            # Programs of Linux may have code at these addresses
            if gdb.is_el2():
                if at == end:
                    return seen
                if at == self.boot and gdb.register(X0) == CL_BOOT_COMMIT:
                    return seen
                if at == self.create:
                    end = gdb.register(X30)
                    breaks.add(end)
                    gdb.break_at(end)
                if at == self.alloc:
                    seen += 1
                if at == self.alloc and seen == number:
                    gdb.set_register(X0, 0)
                    gdb.set_register(Gdb.PC, gdb.register(X30))
                    return seen
            gdb.step_over(cpu)

    def fail_each(self, command, unchanged):
        """Until there is none left to fail; returns how many there were."""
        for number in range(1, MANY):
            seen, (code, output) = self.run(command, number)
            if seen < number:
                assert code == 0, output
                return seen
            assert code == 1 and re.search(
                r"\(rule \d+ (NO_MEMORY|HV_MEM_SMALL), ENOMEM\)",
                output), f"allocation {number}, exit code {code}: {output}"
            unchanged()
        raise AssertionError(f"more than {MANY} allocations")


@pytest.mark.fault(33)
def test_every_allocation_fails(machine_factory):
    stub = gdbstub.socket_path()
    cloister = c.boot(machine_factory, enabled=False,
                      qemu_args=gdbstub.qemu_args(stub))
    cloister.insmod()
    session = Session(cloister, stub)
    before = cloister.leftovers()

    def not_enabled():
        assert cloister.sysfs("enabled") == "0"
        assert cloister.leftovers() == before

    # Root's cell, its areas, its tables, pools
    assert session.fail_each("enable /cloister/qemu-virt-4.cell",
                             not_enabled) > 5
    assert cloister.sysfs("enabled") == "1"
    cloister.cpus_work()

    # In the midst of a block of 2 MiB that another cell has a part of
    cloister.launch("/cloister/hello.cell", "hello")
    # A CPU that is offline already saves the time to take it off each time.
    cpu3 = "/sys/devices/system/cpu/cpu3/online"
    cloister.must(f"echo 0 > {cpu3}")
    odd = blobs.cell("odd", cpus=[3], ram=CELLS + 5 * MIB + 4096,
                     size=4 * MIB, more=[
                         blobs.region(0x80001000, 3 * 4096, 0x50000000)])
    cloister.put("/tmp/odd.cell", odd.encode())
    used = cloister.used()

    def not_created():
        assert cloister.sysfs("mem_pool_used") == used["frames"]
        assert cloister.online() == "0,2"

    # The cell, its config, areas, region, console, tables, tables of root
    assert session.fail_each("create /tmp/odd.cell", not_created) > 8
    cloister.ctl("load odd /cloister/timer.bin")
    cloister.ctl("start odd")
    cloister.wait_console("odd", "timer: 1 s")
    cloister.ctl("destroy odd")
    assert cloister.used() == used
    cloister.ctl("audit")
    cloister.must(f"echo 1 > {cpu3}")
    cloister.cpus_work(3)
    cloister.alive("hello")
    cloister.end("hello")
    cloister.disable()
    cloister.rmmod()
