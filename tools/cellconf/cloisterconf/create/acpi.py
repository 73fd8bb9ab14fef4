# SPDX-License-Identifier: GPL-2.0-only
"""The tables of a machine without a device tree (ACPI 6.5, 5.2.12; PCI
Firmware 3.3, 4.1.2; SPCR revision 2)."""

import struct
from dataclasses import dataclass, field

TABLES = "/sys/firmware/acpi/tables"
HEADER = 36
GICC, GICD, GICR, ITS = 0xb, 0xc, 0xe, 0xf
PL011_TYPES = (0x3, 0xd, 0xe)     # PL011, and SBSA's subset of it


@dataclass
class Tables:
    """What the tables say, as far as it is of use."""

    cpus: list = field(default_factory=list)    # (uid, MPIDR)
    maintenance_irq: int = 0
    gicd: int = None
    version: int = 0
    gicr: list = field(default_factory=list)    # (start, end)
    gicv2: tuple = ()                   # addresses of GICC, GICH, GICV
    its: list = field(default_factory=list)     # (start, end)
    ecam: tuple = None                  # (base, segment, first and last bus)
    console: int = None


def _entries(table):
    at = HEADER + 8
    while at + 2 <= len(table):
        kind, length = table[at], table[at + 1]
        if length < 2:
            break
        yield kind, table[at:at + length]
        at += length


def _madt(tables, table):
    single = []
    for kind, entry in _entries(table):
        if kind == GICC and len(entry) >= 76:
            uid, flags = struct.unpack_from("<II", entry, 8)
            irq, gicr, mpidr = struct.unpack_from("<IQQ", entry, 56)
            if flags & 1:
                base, gicv, gich = struct.unpack_from("<QQQ", entry, 32)
                tables.gicv2 = tables.gicv2 or (base, gich, gicv)
                tables.cpus.append((uid, mpidr))
                tables.maintenance_irq = irq or tables.maintenance_irq
                if gicr:
                    single.append((gicr, gicr + 0x20000))
        elif kind == GICD and len(entry) >= 21:
            tables.gicd, = struct.unpack_from("<Q", entry, 8)
            tables.version = entry[20]
        elif kind == GICR and len(entry) >= 16:
            base, size = struct.unpack_from("<QI", entry, 4)
            tables.gicr.append((base, base + size))
        elif kind == ITS and len(entry) >= 16:
            base, = struct.unpack_from("<Q", entry, 8)
            tables.its.append((base, base + 0x20000))
    # Redistributors stand either in regions or with their CPUs
    if not tables.gicr:
        for start, end in sorted(single):
            if tables.gicr and tables.gicr[-1][1] == start:
                tables.gicr[-1] = (tables.gicr[-1][0], end)
            else:
                tables.gicr.append((start, end))


def read(target):
    """The tables of a machine, or None if it has none."""
    madt = target.bytes(f"{TABLES}/APIC")
    if not madt:
        return None
    tables = Tables()
    _madt(tables, madt)
    mcfg = target.bytes(f"{TABLES}/MCFG") or b""
    if len(mcfg) >= HEADER + 8 + 16:
        tables.ecam = struct.unpack_from("<QHBB", mcfg, HEADER + 8)
    spcr = target.bytes(f"{TABLES}/SPCR") or b""
    if len(spcr) >= 52 and spcr[HEADER] in PL011_TYPES:
        tables.console, = struct.unpack_from("<Q", spcr, 44)
    return tables
