# SPDX-License-Identifier: GPL-2.0-only
"""Configs of a machine and of cells on it, for tests of device trees."""

from cloisterconf import abi, blob, dt
from conftest import cell_sections, mem_region, system_sections
from fdt import parse

RAM = 0x4f              # READ WRITE EXECUTE DMA LOADABLE
MIB = 1 << 20
GIC = "/interrupt-controller@8000000"
PL011, UART8250, SBSA = 1, 3, 4


def changed(sections, kind, layout, **fields):
    """Sections with some fields of one of them changed."""
    return [(k, size, layout.encode({**layout.decode(data), **fields}))
            if k == kind else (k, size, data) for k, size, data in sections]


def system(**gic):
    """A machine with CPUs of several clusters; fields of its GIC."""
    sections = [(k, size, b"".join(m.to_bytes(8, "little") for m in
                                   (0, 1, 0x100, 0x300000001)))
                if k == abi.SECTION_CPUS else (k, size, data)
                for k, size, data in system_sections()]
    if gic:
        values = abi.SYSTEM.decode(sections[0][2])["gic"]
        sections = changed(sections, abi.SECTION_SYSTEM, abi.SYSTEM,
                           gic={**values, **gic})
    return blob.build(sections)


def ram(start, size, flags=RAM):
    return mem_region(phys_start=start, virt_start=start, size=size,
                      flags=flags)


def cell(mem=None, cpus=(2, 3), spis=(), **fields):
    sections = cell_sections(
        b"linux", cpus, mem or ram(0x71000000, 32 * MIB), spis)
    return blob.build(changed(sections, abi.SECTION_CELL, abi.CELL, **fields))


def uart(kind=SBSA, flags=0, **fields):
    """A cell with a console."""
    device = b"" if kind == SBSA else ram(0x9000000, 4096, 0x13)
    return cell(ram(0x71000000, 32 * MIB) + device, console={
        "type": kind, "address": 0x9000000, "flags": flags}, **fields)


def tree_of(*args, **options):
    return parse(dt.build(*args, **options))


RTC = {"compatible": b"arm,pl031 arm,primecell", "name": b"rtc",
       "address": 0x9010000, "size": 0x1000, "irqs": [34],
       "clock_hz": 24000000}


def with_devices(*devices, **fields):
    """A cell with a UART and a page of registers for each of its devices."""
    mem = b"".join(ram(at, 4096, 0x13) for at in sorted({
        d["address"] & ~0xfff for d in devices}))
    sections = cell_sections(
        b"linux", (2, 3), ram(0x71000000, 32 * MIB) + mem,
        sorted({34, 224, 225} | {i for d in devices for i in d["irqs"] if i}))
    sections.append((abi.SECTION_DEVICES, abi.DEVICE.size,
                     b"".join(map(abi.DEVICE.encode, devices))))
    return blob.build(changed(sections, abi.SECTION_CELL, abi.CELL,
                              entry=0x71000000, **fields))
