# SPDX-License-Identifier: GPL-2.0-only
"""Machines that UEFI boots."""

import re

import blobs
import cloister as c

EFI = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"


def test_root_without_the_memory_of_uefi(machine_factory, kernel):
    """UEFI's memory map lies where Linux, told of less memory, has none: a
    config that leaves it out is no reason to die at the next create."""
    cloister = c.boot(machine_factory, kernel, enabled=False,
                      qemu_args=("-bios", EFI))
    assert "EFI v" in cloister.machine.dmesg()
    system = blobs.load("qemu-virt-4")
    assert system.mem[-1]["phys_start"] == blobs.CELLS
    system.mem[-1]["size"] = 64 * blobs.MIB
    # What Linux has there all the same is named by the refusals: its initial
    # RAM disk, and the runtime services
    cloister.insmod()
    missing = []
    while True:
        cloister.put("/tmp/system.cell", system.encode())
        code, said = cloister.run("cellctl enable /tmp/system.cell")
        if not code:
            break
        assert "MEM_ROOT_RAM_MISSING" in said, said
        start, last = (int(x, 16) for x in re.search(
            r"RAM of Linux at (0x[0-9a-f]+)\.\.(0x[0-9a-f]+) ",
            said).groups())
        assert start not in missing
        missing.append(start)
        system.mem.append(blobs.region(
            start, last + 1 - start,
            flags=blobs.READ | blobs.WRITE | blobs.EXECUTE))
    assert len(missing) >= 2
    cloister.launch("/cloister/timer.cell", "timer")
    cloister.wait_console("timer", "timer: 1 s: ")
    # What is no memory is still known
    nowhere = blobs.cell("nowhere", cpus=[2], ram=0xc0000000)
    cloister.put("/tmp/nowhere.cell", nowhere.encode())
    cloister.refused("create /tmp/nowhere.cell", "MEM_NOT_RAM")
    cloister.end("timer")
    cloister.cpus_work()
    cloister.disable()
