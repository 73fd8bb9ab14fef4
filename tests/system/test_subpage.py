# SPDX-License-Identifier: GPL-2.0-only
"""Registers of one page, here of the real-time clock (PL031), of which cells
and root have some each: accesses end in the hypervisor, and go on from there
if whoever makes them has these bytes, in this width."""

import re
import time

import blobs
import cloister as c
from blobs import ASSIGNABLE, IO, IO_8, IO_32, MIB, READ, WRITE

REGISTERS = 31      # guests/fault/modes.h
RTC = 0x09010000
# Of a PL031: time, match, load, control; interrupt mask; the identification
TIME, MASK, ID = RTC, RTC + 0x10, RTC + 0xfe0
NOTHING = 0x0b000000    # a hole in the map of QEMU's machine
BUS_ERROR = 128 + 7


def boot(machine_factory, kernel=None):
    """The clock's page may be given to cells, and Linux lets go of it. So may
    one where nothing is."""
    cloister = c.boot(machine_factory, kernel, enabled=False)
    config = blobs.load("qemu-virt-4")
    clock, = [r for r in config.mem if r["phys_start"] == RTC]
    clock["flags"] |= ASSIGNABLE
    config.mem.append(blobs.region(NOTHING, 4096,
                                   flags=READ | WRITE | IO | ASSIGNABLE))
    cloister.put("/tmp/system.cell", config.encode())
    cloister.insmod()
    cloister.enable("/tmp/system.cell")
    cloister.must("cd /sys/bus/amba/drivers; for d in rtc-pl031; do "
                  "[ -e $d/9010000.* ] && echo 9010000.${d#*-} > $d/unbind; "
                  "done; true")
    return cloister


def with_registers(name, cpu, ram, start, size, flags, arguments):
    return blobs.cell(name, cpus=[cpu], ram=ram, args=arguments, more=[
        blobs.region(start, size, flags=flags)])


def root_reads(cloister, address, width=32):
    return int(cloister.must(f"devmem {address:#x} {width}"), 16)


def root_is_refused(cloister, address, width, *value):
    code, output = cloister.run(
        f"devmem {address:#x} {width} {' '.join(value)}")
    assert code == BUS_ERROR, output


def test_parts_of_a_page(machine_factory, kernel):
    cloister = boot(machine_factory, kernel)
    used = cloister.used()
    assert root_reads(cloister, ID) == 0x31

    # The first four registers, to be read only, and some behind them
    config = with_registers("fault", 3, blobs.CELLS, TIME, 0x10,
                            READ | IO | IO_32, [REGISTERS, RTC, 0x18])
    cloister.launch(config, "fault")
    console = cloister.wait_console("fault", f"mode {REGISTERS} done")
    for offset in range(0, 0x18, 4):
        assert (f"fault: {RTC + offset:#x}: read {4 if offset < 16 else 0}, "
                "write 0\n") in console, console
    now = int(re.search(r"the first holds (0x\w+)", console)[1], 16)
    assert abs(now - time.time()) < 600
    assert "fault: 4 of 4 odd accesses refused" in console
    # 6 places: 3 or 4 widths, each read and written; 4 reads succeeded
    assert cloister.info("fault")["violations"] == 2 * (3 * 4 + 3 * 3) - 4 + 4

    # Root has the rest in all widths, and of the cell's nothing
    for width in (8, 16, 32):
        assert root_reads(cloister, ID, width) == 0x31
        root_is_refused(cloister, TIME, width)
        root_is_refused(cloister, RTC + 8, width, "0")
    cloister.must(f"devmem {MASK:#x} 32 1")
    assert root_reads(cloister, MASK) == 1
    cloister.must(f"devmem {MASK:#x} 32 0")
    assert root_reads(cloister, MASK) == 0
    assert cloister.run(f"cellctl translate fault {RTC:#x}").output.endswith(
        "region 2 (0x9010000..0x901000f): the hypervisor makes each access")
    cloister.ctl("audit")

    # Another cell has others of the same page, and only whole cells conflict
    other = with_registers("other", 2, blobs.CELLS + 4 * MIB, ID, 0x20,
                           READ | WRITE | IO | IO_8 | IO_32,
                           [REGISTERS, ID - 8, 0x28])
    overlapping = with_registers("more", 2, blobs.CELLS + 4 * MIB, RTC + 12, 8,
                                 READ | IO | IO_32, [])
    cloister.put("/tmp/more.cell", overlapping.encode())
    cloister.refused("create /tmp/more.cell", "MEM_TAKEN")
    cloister.create(other)
    cloister.ctl("load other /cloister/fault.bin")
    cloister.ctl("start other")
    console = cloister.wait_console("other", f"mode {REGISTERS} done")
    for offset in range(-8, 0x20, 4):
        widths = 5 if offset >= 0 else 0
        assert (f"fault: {ID + offset:#x}: read {widths}, write {widths}\n"
                ) in console, console
    root_is_refused(cloister, ID, 32)
    assert root_reads(cloister, MASK) == 0
    cloister.ctl("audit")

    # The page is root's again when the last one has gone
    for name in ("fault", "other"):
        cloister.end(name)
        cloister.cpus_work(3 if name == "fault" else 4)
    assert root_reads(cloister, ID) == 0x31
    assert abs(root_reads(cloister, TIME) - time.time()) < 600
    assert cloister.used() == used
    cloister.disable()
    cloister.rmmod()


def test_device_that_is_not_there(machine_factory):
    """It answers the hypervisor with an abort, which the guest gets."""
    cloister = boot(machine_factory)
    config = with_registers("fault", 3, blobs.CELLS, NOTHING, 8,
                            READ | WRITE | IO | IO_8 | IO_32,
                            [REGISTERS, NOTHING, 8])
    cloister.launch(config, "fault")
    console = cloister.wait_console("fault", f"mode {REGISTERS} done")
    for offset in (0, 4):
        assert f"fault: {NOTHING + offset:#x}: read 0, write 0\n" in console
    # 4 and 3 widths, each read and written, the first again, 4 odd ones
    assert cloister.info("fault")["violations"] == 2 * (4 + 3) + 1 + 4
    root_is_refused(cloister, NOTHING, 32)
    root_is_refused(cloister, NOTHING + 8, 32)
    cloister.end("fault")
    cloister.cpus_work(4)
    cloister.disable()
