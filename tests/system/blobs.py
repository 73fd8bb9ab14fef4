# SPDX-License-Identifier: GPL-2.0-only
"""Configs for tests: built ones, changed, valid or not.

    config = blobs.load("timer")
    config.cpus = [7]
    machine.put("/tmp/bad.cell", config.encode())
"""

import sys
import zlib

from payload import BUILD, ROOT

sys.path.insert(0, str(ROOT / "tools/cellconf"))

from cloisterconf import abi, blob  # noqa: E402

(READ, WRITE, EXECUTE, DMA, IO, COMM, LOADABLE, ROOTSHARED, ASSIGNABLE,
 NONCACHEABLE, ALLOC, LAZY, IO_8, IO_16, IO_32, IO_64) = (
     1 << bit for bit in range(16))
RAM = READ | WRITE | EXECUTE | DMA | LOADABLE

CELLS = 0x71000000      # RAM for cells begins there, see configs/qemu-virt
HYPERVISOR = 0x70000000
LINUX = 0x40000000
COMM_IPA = 0x80000000
MIB = 1 << 20


def region(phys, size, virt=None, flags=RAM):
    return {"phys_start": phys, "virt_start": phys if virt is None else virt,
            "size": size, "flags": flags}


class Config:
    """A config taken apart; nothing is checked when it is put together."""

    def __init__(self, data):
        parsed = blob.parse(data)
        self.system, self.cell = parsed.system, parsed.cell
        self.cpus, self.mem, self.spis = parsed.cpus, parsed.mem, parsed.spis
        self.pools = parsed.pools
        self.smc_rules = parsed.smc_rules
        self.devices = parsed.devices

    @property
    def name(self):
        return self.cell["name"].split(b"\0")[0].decode()

    @name.setter
    def name(self, name):
        self.cell["name"] = name.encode()

    def sections(self):
        """[(type, entry size, content)] as blob.build() takes them."""
        result = []
        if self.system is not None:
            result.append((abi.SECTION_SYSTEM, abi.SYSTEM.size,
                           abi.SYSTEM.encode(self.system)))
        result.append((abi.SECTION_CELL, abi.CELL.size,
                       abi.CELL.encode(self.cell)))
        for kind, size, entries in (
                (abi.SECTION_CPUS, 8,
                 [cpu.to_bytes(8, "little") for cpu in self.cpus]),
                (abi.SECTION_MEM, abi.MEM_REGION.size,
                 [abi.MEM_REGION.encode(r) for r in self.mem]),
                (abi.SECTION_SPIS, 4,
                 [spi.to_bytes(4, "little") for spi in self.spis]),
                (abi.SECTION_POOLS, abi.RANGE.size,
                 [abi.RANGE.encode(pool) for pool in self.pools]),
                (abi.SECTION_SMC, abi.SMC_RULE.size,
                 [abi.SMC_RULE.encode(rule) for rule in self.smc_rules]),
                (abi.SECTION_DEVICES, abi.DEVICE.size,
                 [abi.DEVICE.encode(device) for device in self.devices])):
            if entries:
                result.append((kind, size, b"".join(entries)))
        return result

    def encode(self):
        return blob.build(self.sections())


def raw(name):
    """The bytes of a built config."""
    return (BUILD / "configs/qemu-virt" / f"{name}.cell").read_bytes()


def load(name):
    return Config(raw(name))


def cell(name, *, cpus=(3,), ram=CELLS, size=MIB, args=(), more=(), **fields):
    """A cell like those of configs/qemu-virt. `more` are further regions, and
    `fields` are those of struct cl_cell."""
    config = load("timer")
    config.name = name
    config.cpus = list(cpus)
    config.mem = [region(ram, size, 0),
                  region(0, 4096, COMM_IPA, READ | WRITE | COMM), *more]
    config.cell["args"] = list(args)
    config.cell.update(fields)
    return config


def seal(data):
    """Bytes with the checksum made right, and nothing else."""
    at = abi.HEADER.offset("checksum")
    data = bytearray(data)
    data[at:at + 4] = bytes(4)
    data[at:at + 4] = zlib.crc32(data).to_bytes(4, "little")
    return bytes(data)


def with_header(data, **fields):
    """Bytes with other header fields and a checksum that is right."""
    header = abi.HEADER.decode(data)
    header.update(fields)
    data = abi.HEADER.encode(header) + data[abi.HEADER.size:]
    return data if "checksum" in fields else seal(data)
