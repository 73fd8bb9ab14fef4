# SPDX-License-Identifier: GPL-2.0-only
"""Reading, sealing and building blobs.

parse() applies the structural rules in the order in which the hypervisor's
reader (lib/config/config.c) does, so both name the same rule.
"""

import re
import zlib
from dataclasses import dataclass, field

from . import abi
from .errors import ConfigError


@dataclass(frozen=True)
class SectionRule:
    """What a section of one type may look like."""

    entry_size: int
    maximum: int
    in_system: bool
    in_cell: bool
    single: bool = False
    # The rule that too many entries break
    too_many: str = "BLOB_SECTION"


SECTION_RULES = {
    abi.SECTION_SYSTEM: SectionRule(
        abi.SYSTEM.size, 1, True, False, single=True),
    abi.SECTION_CELL: SectionRule(
        abi.CELL.size, 1, True, True, single=True),
    abi.SECTION_CPUS: SectionRule(
        8, abi.MAX_CPUS, True, True, too_many="CPU_TOO_MANY"),
    abi.SECTION_MEM: SectionRule(
        abi.MEM_REGION.size, abi.MAX_MEM_REGIONS, True, True,
        too_many="MEM_COUNT"),
    abi.SECTION_SPIS: SectionRule(4, abi.MAX_SPIS, False, True),
    abi.SECTION_POOLS: SectionRule(
        abi.RANGE.size, abi.MAX_POOLS, True, False, too_many="POOL_COUNT"),
}


@dataclass
class Config:
    """A parsed blob; system is None in a cell's config."""

    header: dict
    sections: list
    system: dict = None
    cell: dict = None
    cpus: list = field(default_factory=list)
    mem: list = field(default_factory=list)
    spis: list = field(default_factory=list)
    pools: list = field(default_factory=list)

    @property
    def name(self):
        """The cell's name; parse() has checked it."""
        return self.cell["name"].split(b"\0")[0].decode("ascii")


def checksum(blob):
    """CRC-32 over a blob, with the checksum field taken as 0."""
    at = abi.HEADER.offset("checksum")
    return zlib.crc32(blob[:at] + bytes(4) + blob[at + 4:])


def check_identity(blob):
    """Is this a config of this version at all? Returns its header."""
    if len(blob) < abi.HEADER.size:
        raise ConfigError("BLOB_TRUNCATED", len(blob), abi.HEADER.size)
    header = abi.HEADER.decode(blob)
    if header["magic"] != abi.BLOB_MAGIC:
        raise ConfigError("BLOB_MAGIC")
    if header["version"] != abi.BLOB_VERSION:
        raise ConfigError("BLOB_VERSION", header["version"], abi.BLOB_VERSION)
    if header["arch"] not in abi.ARCHES:
        raise ConfigError("BLOB_ARCH", header["arch"], abi.ARCH_ARM64)
    return header


def check_length(blob, header):
    """Is the blob small enough?"""
    if len(blob) > abi.BLOB_MAX_SIZE:
        raise ConfigError("BLOB_SIZE", header["size"], len(blob),
                          place=f"at most {abi.BLOB_MAX_SIZE} are possible")


def read_table(blob, header):
    """The section table, if it lies within the blob."""
    number = header["nr_sections"]
    end = abi.HEADER.size + number * abi.SECTION.size
    if not 1 <= number <= abi.MAX_SECTIONS:
        raise ConfigError("BLOB_SECTION", 0, number,
                          place="header.nr_sections must be"
                                f" 1..{abi.MAX_SECTIONS}")
    if end > len(blob):
        raise ConfigError("BLOB_SECTION", 0, number,
                          place="the section table of header.nr_sections"
                                f" entries needs {end} bytes")
    return [abi.SECTION.decode(blob, abi.HEADER.size + i * abi.SECTION.size)
            for i in range(number)]


def section_rule(section, kind):
    """The rule of a section, if its type may be in a config of this kind."""
    kind_of_section = section["type"]
    rule = SECTION_RULES.get(kind_of_section)
    if rule is None:
        raise ConfigError("BLOB_SECTION", kind_of_section, 0,
                          place="type is not known")
    if not (rule.in_system if kind == abi.KIND_SYSTEM else rule.in_cell):
        raise ConfigError("BLOB_SECTION", kind_of_section, 0,
                          place=f"not possible in a {abi.KINDS[kind]} config")
    return rule


def section_entries(blob, section, kind):
    """The bytes of each entry of one section, after all checks on it."""
    rule = section_rule(section, kind)
    number, offset = section["type"], section["offset"]
    size, entry = section["size"], section["entry_size"]

    if entry != rule.entry_size:
        raise ConfigError("BLOB_SECTION", number, entry,
                          place=f"entry_size must be {rule.entry_size}")
    if size % entry:
        raise ConfigError("BLOB_SECTION", number, entry,
                          place=f"size {size} is no multiple of entry_size")
    if offset % 8:
        raise ConfigError("BLOB_SECTION", number, offset,
                          place="offset is no multiple of 8")
    if offset > len(blob) or size > len(blob) - offset:
        raise ConfigError("BLOB_SECTION", number, offset,
                          place=f"offset {offset} and size {size} reach"
                                " beyond the config's end")
    count = size // entry
    if rule.single and count != 1:
        raise ConfigError("BLOB_SECTION", number, count,
                          place="size must be that of one entry")
    if count > rule.maximum:
        if rule.too_many == "BLOB_SECTION":
            raise ConfigError(rule.too_many, number, count,
                              place=f"at most {rule.maximum} entries are"
                                    " possible")
        raise ConfigError(rule.too_many, count, rule.maximum)
    return [blob[offset + i * entry:offset + (i + 1) * entry]
            for i in range(count)]


def take_section(config, section, entries):
    """Put the decoded entries of a section where they belong."""
    kind = section["type"]
    if kind == abi.SECTION_SYSTEM:
        config.system = abi.SYSTEM.decode(entries[0])
    elif kind == abi.SECTION_CELL:
        config.cell = abi.CELL.decode(entries[0])
    elif kind == abi.SECTION_CPUS:
        config.cpus = [int.from_bytes(e, "little") for e in entries]
    elif kind == abi.SECTION_MEM:
        config.mem = [abi.MEM_REGION.decode(e) for e in entries]
    elif kind == abi.SECTION_SPIS:
        config.spis = [int.from_bytes(e, "little") for e in entries]
    elif kind == abi.SECTION_POOLS:
        config.pools = [abi.RANGE.decode(e) for e in entries]


def parse(blob, kind=None):
    """Check a sealed blob's structure and decode it.

    kind, if given, is the kind that is expected. Raises ConfigError.
    """
    header = check_identity(blob)
    expected = kind or (abi.KIND_CELL if header["kind"] not in abi.KINDS
                        else header["kind"])
    if header["kind"] != expected:
        place = "not sealed yet" if header["kind"] == 0 else None
        raise ConfigError("BLOB_KIND", header["kind"], expected, place=place)
    if header["size"] != len(blob):
        raise ConfigError("BLOB_SIZE", header["size"], len(blob))
    check_length(blob, header)
    sections = read_table(blob, header)
    if header["checksum"] != checksum(blob):
        raise ConfigError("BLOB_CHECKSUM", header["checksum"], checksum(blob))

    config = Config(header, sections)
    seen = set()
    for section in sections:
        if section["type"] in seen:
            raise ConfigError("BLOB_SECTION_TWICE", section["type"])
        seen.add(section["type"])
        take_section(config, section,
                     section_entries(blob, section, header["kind"]))

    if header["kind"] == abi.KIND_SYSTEM and config.system is None:
        raise ConfigError("BLOB_SECTION_MISSING", abi.SECTION_SYSTEM)
    if config.cell is None:
        raise ConfigError("BLOB_SECTION_MISSING", abi.SECTION_CELL)
    if not config.cpus:
        raise ConfigError("CPU_NONE")
    if not re.match(rb"[A-Za-z0-9._-]+\0", config.cell["name"]):
        raise ConfigError("CELL_NAME")
    return config


def seal(raw):
    """Turn what the linker laid out into a valid blob.

    Entries of the table without content are dropped: offsets stay as they are,
    the rest of the table is zeroed. A blob that is sealed already is sealed
    anew. Raises ConfigError if the result would not be valid.
    """
    blob = bytearray(raw)
    header = check_identity(blob)
    check_length(blob, header)
    table = read_table(blob, header)
    present = [s for s in table if s["size"]]
    types = {s["type"] for s in present}

    header["kind"] = (abi.KIND_SYSTEM if abi.SECTION_SYSTEM in types
                      else abi.KIND_CELL)
    header["size"] = len(blob)
    header["checksum"] = 0
    header["nr_sections"] = len(present)
    packed = abi.HEADER.encode(header)
    packed += b"".join(abi.SECTION.encode(s) for s in present)
    blob[:abi.HEADER.size + len(table) * abi.SECTION.size] = packed.ljust(
        abi.HEADER.size + len(table) * abi.SECTION.size, b"\0")

    at = abi.HEADER.offset("checksum")
    blob[at:at + 4] = checksum(bytes(blob)).to_bytes(4, "little")
    result = bytes(blob)
    parse(result)
    return result


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
    blob = bytearray(abi.HEADER.encode({
        "magic": abi.BLOB_MAGIC, "version": abi.BLOB_VERSION,
        "arch": abi.ARCH_ARM64,
        "kind": (abi.KIND_SYSTEM if abi.SECTION_SYSTEM in kinds
                 else abi.KIND_CELL),
        "size": offset + len(content), "nr_sections": len(sections),
    }) + table + content)
    at = abi.HEADER.offset("checksum")
    blob[at:at + 4] = checksum(bytes(blob)).to_bytes(4, "little")
    return bytes(blob)
