# SPDX-License-Identifier: GPL-2.0-only
"""Reading and sealing blobs: every structural rule, and hostile bytes."""

import random
import zlib

import pytest

from cloisterconf import abi, blob
from cloisterconf.errors import ConfigError
from conftest import cell_sections, mem_region, patch, system_sections

CELL = blob.build(cell_sections())
SYSTEM = blob.build(system_sections())


def refused(data, rule, kind=None):
    """The text with which a blob is refused, after checking the rule."""
    with pytest.raises(ConfigError) as caught:
        blob.parse(data, kind)
    assert caught.value.rule == rule
    return str(caught.value)


def entry_offset(index):
    """Where an entry of the section table lies."""
    return abi.HEADER.size + index * abi.SECTION.size


def test_valid_cell():
    config = blob.parse(CELL)
    assert config.name == "timer"
    assert config.cpus == [1]
    assert config.mem[0]["phys_start"] == 0x71000000
    assert config.system is None
    assert config.spis == []


def test_valid_system():
    config = blob.parse(SYSTEM, abi.KIND_SYSTEM)
    assert config.system["gic"]["gicr"][0]["start"] == 0x80a0000
    assert config.name == "root"


def test_checksum_is_zlibs():
    at = abi.HEADER.offset("checksum")
    assert int.from_bytes(CELL[at:at + 4], "little") == \
        zlib.crc32(CELL[:at] + bytes(4) + CELL[at + 4:])


def test_header():
    assert refused(b"", "BLOB_TRUNCATED") == (
        "the config has 0 bytes, its header needs 24"
        " (rule 1 BLOB_TRUNCATED)")
    refused(CELL[:23], "BLOB_TRUNCATED")
    refused(b"X" + CELL[1:], "BLOB_MAGIC")
    assert "version: 2, but version 1" in refused(
        patch(CELL, abi.HEADER, "version", 2), "BLOB_VERSION")
    refused(patch(CELL, abi.HEADER, "arch", 2), "BLOB_ARCH")
    refused(patch(CELL, abi.HEADER, "kind", 3), "BLOB_KIND")
    assert "0 not sealed" in refused(
        patch(CELL, abi.HEADER, "kind", 0), "BLOB_KIND")
    refused(CELL, "BLOB_KIND", kind=abi.KIND_SYSTEM)
    refused(patch(CELL, abi.HEADER, "size", 1), "BLOB_SIZE")
    refused(CELL + b"\0", "BLOB_SIZE")
    refused(patch(CELL, abi.HEADER, "checksum", 1, reseal=False),
            "BLOB_CHECKSUM")


def test_too_large():
    data = CELL + bytes(abi.BLOB_MAX_SIZE)
    data = patch(data, abi.HEADER, "size", len(data))
    assert "at most 65536" in refused(data, "FILE_SIZE")


def test_truncated_at_every_length():
    for length in range(len(SYSTEM)):
        data = SYSTEM[:length]
        with pytest.raises(ConfigError):
            blob.parse(data)
        # The same with a header that agrees
        if length >= abi.HEADER.size:
            data = patch(data, abi.HEADER, "size", length)
            refused(data, "BLOB_TABLE" if length < entry_offset(4)
                    else "BLOB_SECTION")


@pytest.mark.parametrize("field, value, rule", [
    ("type", 0, "BLOB_SECTION_UNKNOWN"),
    ("type", abi.SECTION_SYSTEM, "BLOB_SECTION_KIND"),
    ("type", abi.SECTION_CELL, "BLOB_SINGLE|BLOB_ENTRY"),
    ("entry_size", 0, "BLOB_ENTRY"),
    ("size", 64, "BLOB_SECTION"),
    ("offset", 4, "BLOB_SECTION"),
])
def test_section(field, value, rule):
    """The rules are the library's; here: that they are asked for."""
    data = patch(CELL, abi.SECTION, field, value, entry_offset(2))
    with pytest.raises(ConfigError) as caught:
        blob.parse(data)
    assert caught.value.rule in rule.split("|")


def test_missing_sections():
    assert "section CELL is missing" in refused(
        blob.build(cell_sections()[1:]), "BLOB_SECTION_MISSING")
    refused(blob.build(cell_sections(cpus=())), "CPU_NONE")
    # A cell without memory breaks other rules, those on addresses.
    assert blob.parse(blob.build(cell_sections(mem=b""))).mem == []


def test_as_many_as_there_can_be():
    config = blob.parse(blob.build(cell_sections(
        cpus=range(64), mem=mem_region() * 128, spis=range(32, 1020))))
    assert config.cpus == list(range(64))
    assert len(config.mem) == 128
    assert config.spis == list(range(32, 1020))


def test_other_versions():
    """A CELL that is shorter is completed, one that is longer is cut."""
    whole = abi.CELL.encode({"name": b"old", "entry": 64})
    for content in (whole[:104], whole, whole + bytes(24)):
        sections = cell_sections()
        sections[0] = (abi.SECTION_CELL, len(content), content)
        config = blob.parse(blob.build(sections))
        assert config.cell == abi.CELL.decode(whole)
    sections[0] = (abi.SECTION_CELL, len(whole) + 8, whole + b"\1" + bytes(7))
    assert f"the field at offset {len(whole)} is not known" in refused(
        blob.build(sections), "BLOB_FIELD_UNKNOWN")


@pytest.mark.parametrize("name", [
    b"", b"a" * 32, b"a b", b"a/b", b"\xff", b"\0a", b"a\n", b"=a"])
def test_name(name):
    refused(blob.build(cell_sections(name=name)), "CELL_NAME")


@pytest.mark.parametrize("name", [b"a" * 31, b"A-z_0.9", b"3"])
def test_good_name(name):
    assert blob.parse(blob.build(
        cell_sections(name=name))).name == name.decode()


def linked(sections):
    """Sections as the linker leaves them: not sealed, with empty ones."""
    data = blob.build(sections)
    header = abi.HEADER.decode(data)
    header.update(kind=0, size=0, checksum=0)
    return abi.HEADER.encode(header) + data[abi.HEADER.size:]


def test_seal():
    empty = [(abi.SECTION_SYSTEM, abi.SYSTEM.size, b""),
             (abi.SECTION_SPIS, 4, b"")]
    raw = linked(empty[:1] + cell_sections() + empty[1:])
    config = blob.parse(blob.seal(raw), abi.KIND_CELL)
    assert [s["type"] for s in config.sections] == [2, 3, 4]
    assert config.name == "timer"
    # What was dropped leaves no trace: a section that a later version knows,
    # too, changes no blob that has none.
    assert blob.seal(raw) == CELL


def test_seal_system():
    config = blob.parse(blob.seal(linked(system_sections())))
    assert config.header["kind"] == abi.KIND_SYSTEM


def test_seal_again():
    assert blob.seal(SYSTEM) == SYSTEM
    broken = patch(CELL, abi.HEADER, "checksum", 1, reseal=False)
    assert blob.seal(broken) == CELL


@pytest.mark.parametrize("raw, rule", [
    (b"", "BLOB_TRUNCATED"),
    (b"X" * 100, "BLOB_MAGIC"),
    (CELL[:24], "BLOB_TABLE"),
    (CELL + bytes(abi.BLOB_MAX_SIZE), "FILE_SIZE"),
    (linked(cell_sections(name=b"")), "CELL_NAME"),
    (linked(cell_sections(cpus=())), "CPU_NONE"),
    (linked([(abi.SECTION_CELL, abi.CELL.size, b"")]), "BLOB_TABLE"),
], ids=lambda value: value if isinstance(value, str) else len(value))
def test_seal_refuses(raw, rule):
    with pytest.raises(ConfigError) as caught:
        blob.seal(raw)
    assert caught.value.rule == rule


def test_random_damage():
    """Whatever the bytes are: a config, or a ConfigError."""
    source = random.Random(1)
    for _ in range(5000):
        data = bytearray(source.choice((CELL, SYSTEM)))
        for _ in range(source.randint(1, 4)):
            data[source.randrange(len(data))] = source.choice(
                (0, 1, 0x7f, 0x80, 0xff, source.randrange(256)))
        data = bytes(data)
        if source.random() < 0.8:
            at = abi.HEADER.offset("checksum")
            data = (data[:at] + blob.checksum(data).to_bytes(4, "little")
                    + data[at + 4:])
        for function in (blob.parse, blob.seal):
            try:
                function(data)
            except ConfigError as error:
                assert str(error)
