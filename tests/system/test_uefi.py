# SPDX-License-Identifier: GPL-2.0-only
"""Machines that UEFI boots."""

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
    # What Linux does count as its own there: its initial ram disk
    for line in cloister.must("grep 'System RAM' /proc/iomem").splitlines():
        start, end = (int(x, 16) for x in line.split()[0].split("-"))
        if start >= blobs.CELLS:
            system.mem.append(blobs.region(
                start, end + 1 - start,
                flags=blobs.READ | blobs.WRITE | blobs.EXECUTE))
    cloister.put("/tmp/system.cell", system.encode())
    cloister.insmod()
    cloister.enable("/tmp/system.cell")
    cloister.launch("/cloister/timer.cell", "timer")
    cloister.wait_console("timer", "timer: 1 s: ")
    # What is no memory is still known
    nowhere = blobs.cell("nowhere", cpus=[2], ram=0x73000000,
                         size=256 * blobs.MIB)
    cloister.put("/tmp/nowhere.cell", nowhere.encode())
    cloister.refused("create /tmp/nowhere.cell", "MEM_NOT_ASSIGNABLE")
    cloister.end("timer")
    cloister.cpus_work()
    cloister.disable()
