# SPDX-License-Identifier: GPL-2.0-only
"""What the Python tests of the tools share."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
OUT = pathlib.Path(os.environ.get("CLOISTER_OUT",
                                  ROOT / "build" / "unit" / "tools"))
CELLCONF = ROOT / "tools" / "cellconf" / "cellconf"

sys.path.insert(0, str(CELLCONF.parent))

from cloisterconf import abi, blob  # noqa: E402


def mem_region(**values):
    """A region of RAM, 1 MiB unless told otherwise."""
    return abi.MEM_REGION.encode({
        "phys_start": 0x71000000, "size": 1 << 20, "flags": 0x47, **values})


def cell_sections(name=b"timer", cpus=(1,), mem=None, spis=()):
    """Sections of a cell's config, for blob.build()."""
    sections = [
        (abi.SECTION_CELL, abi.CELL.size, abi.CELL.encode({"name": name})),
        (abi.SECTION_CPUS, 8,
         b"".join(c.to_bytes(8, "little") for c in cpus)),
        (abi.SECTION_MEM, 32, mem_region() if mem is None else mem),
    ]
    if spis:
        sections.append((abi.SECTION_SPIS, 4,
                         b"".join(s.to_bytes(4, "little") for s in spis)))
    return sections


def system_sections():
    """Sections of a system's config."""
    system = abi.SYSTEM.encode({
        "hypervisor_memory": {"start": 0x70000000, "size": 4 << 20},
        "debug_console": {"type": 1, "address": 0x9000000},
        "gic": {"version": 3, "maintenance_irq": 25, "gicd_base": 0x8000000,
                "gicr": [{"start": 0x80a0000, "size": 0xf60000}]},
        "pci": {"mmconfig_base": 0x4010000000, "end_bus": 255},
    })
    mem = mem_region(phys_start=0x40000000, virt_start=0x40000000,
                     size=256 << 20, flags=0x7)
    mem += mem_region(virt_start=0x71000000, size=64 << 20, flags=0x107)
    return ([(abi.SECTION_SYSTEM, abi.SYSTEM.size, system)]
            + cell_sections(b"root", (0, 1), mem))


def patch(data, layout, name, value, start=0, reseal=True):
    """Change one field of a structure within a blob."""
    changed = layout.decode(data, start)
    changed[name] = value
    data = (data[:start] + layout.encode(changed)
            + data[start + layout.size:])
    if reseal:
        at = abi.HEADER.offset("checksum")
        data = (data[:at] + blob.checksum(data).to_bytes(4, "little")
                + data[at + 4:])
    return data


@pytest.fixture
def cellconf():
    """Runs cellconf; returns the finished process."""
    def run(*args):
        return subprocess.run([CELLCONF, *map(str, args)], check=False,
                              capture_output=True, text=True)
    return run
