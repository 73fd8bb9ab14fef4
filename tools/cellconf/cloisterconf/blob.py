# SPDX-License-Identifier: GPL-2.0-only
"""Decoding, sealing and building blobs.

Whether a blob is one says the library. What is decoded here has passed it.
"""

import zlib
from dataclasses import dataclass, field

from . import abi
from .library import check_structure


@dataclass
class Config:
    """A decoded blob; system is None in a cell's config."""

    header: dict
    sections: list
    system: dict = None
    cell: dict = None
    cpus: list = field(default_factory=list)
    mem: list = field(default_factory=list)
    spis: list = field(default_factory=list)
    pools: list = field(default_factory=list)
    smc_rules: list = field(default_factory=list)
    pci_devices: list = field(default_factory=list)
    iommus: list = field(default_factory=list)
    devices: list = field(default_factory=list)

    @property
    def name(self):
        """The cell's name."""
        return self.cell["name"].split(b"\0")[0].decode("ascii")


def checksum(blob):
    """CRC-32 over a blob, with the checksum field taken as 0."""
    at = abi.HEADER.offset("checksum")
    return zlib.crc32(blob[:at] + bytes(4) + blob[at + 4:])


def read_table(blob):
    """The section table."""
    number = abi.HEADER.decode(blob)["nr_sections"]
    return [abi.SECTION.decode(blob, abi.HEADER.size + i * abi.SECTION.size)
            for i in range(number)]


def single(layout, data):
    """A structure that may be of another version: shorter, or longer."""
    return layout.decode(data.ljust(layout.size, b"\0"))


def take_section(config, section, blob):
    """Put the decoded entries of a section where they belong."""
    kind, size = section["type"], section["entry_size"]
    end = section["offset"] + section["size"]
    entries = [blob[at:at + size]
               for at in range(section["offset"], end, size)]
    if kind == abi.SECTION_SYSTEM:
        config.system = single(abi.SYSTEM, entries[0])
    elif kind == abi.SECTION_CELL:
        config.cell = single(abi.CELL, entries[0])
    elif kind == abi.SECTION_CPUS:
        config.cpus = [int.from_bytes(e, "little") for e in entries]
    elif kind == abi.SECTION_MEM:
        config.mem = [abi.MEM_REGION.decode(e) for e in entries]
    elif kind == abi.SECTION_SPIS:
        config.spis = [int.from_bytes(e, "little") for e in entries]
    elif kind == abi.SECTION_POOLS:
        config.pools = [abi.RANGE.decode(e) for e in entries]
    elif kind == abi.SECTION_SMC:
        config.smc_rules = [abi.SMC_RULE.decode(e) for e in entries]
    elif kind == abi.SECTION_PCI:
        config.pci_devices = [abi.PCI_DEVICE.decode(e) for e in entries]
    elif kind == abi.SECTION_IOMMUS:
        config.iommus = [abi.IOMMU.decode(e) for e in entries]
    elif kind == abi.SECTION_DEVICES:
        config.devices = [abi.DEVICE.decode(e) for e in entries]


def parse(blob, kind=None):
    """Decode a sealed blob, of this kind if one is given.

    Raises ConfigError if it is none.
    """
    check_structure(blob, kind)
    config = Config(abi.HEADER.decode(blob), read_table(blob))
    for section in config.sections:
        take_section(config, section, blob)
    return config


def with_checksum(blob):
    """A blob whose checksum is that of its content."""
    at = abi.HEADER.offset("checksum")
    return blob[:at] + checksum(blob).to_bytes(4, "little") + blob[at + 4:]


def seal(raw):
    """Turn what the linker laid out into a valid blob.

    The linker writes an entry into the table for every section that there can
    be; here those without content are dropped, and the rest moves up. A blob
    that is sealed already is sealed anew. Raises ConfigError if the result
    would not be valid.
    """
    raw = bytes(raw)
    if len(raw) < abi.HEADER.size:
        check_structure(raw)
    header = abi.HEADER.decode(raw)
    end = abi.HEADER.size + header["nr_sections"] * abi.SECTION.size
    table = (read_table(raw) if end <= len(raw)
             and header["nr_sections"] <= abi.MAX_SECTIONS else [])
    if (table and len(raw) <= abi.BLOB_MAX_SIZE
            and all(s["offset"] + s["size"] <= len(raw) for s in table)):
        sealed = build([(s["type"], s["entry_size"],
                         raw[s["offset"]:s["offset"] + s["size"]])
                        for s in table if s["size"]])
    else:                       # refused below, for what it is
        sealed = raw
    fields = abi.HEADER.decode(sealed)
    fields.update({name: header[name] for name in ("magic", "version", "arch")},
                  size=len(sealed), kind=fields["kind"] or abi.KIND_CELL)
    sealed = with_checksum(
        abi.HEADER.encode(fields) + sealed[abi.HEADER.size:])
    check_structure(sealed)
    return sealed


def build(sections):
    """A sealed blob from [(type, entry_size, content)], unchecked.

    For tests and generators: writes whatever it is given.
    """
    offset = abi.HEADER.size + len(sections) * abi.SECTION.size
    table, content = b"", b""
    for kind, entry_size, data in sections:
        table += abi.SECTION.encode({
            "type": kind, "offset": offset + len(content),
            "size": len(data), "entry_size": entry_size})
        content += data + bytes(-len(data) % 8)
    kinds = [s[0] for s in sections]
    return with_checksum(abi.HEADER.encode({
        "magic": abi.BLOB_MAGIC, "version": abi.BLOB_VERSION,
        "arch": abi.ARCH_ARM64,
        "kind": (abi.KIND_SYSTEM if abi.SECTION_SYSTEM in kinds
                 else abi.KIND_CELL),
        "size": offset + len(content), "nr_sections": len(sections),
    }) + table + content)
