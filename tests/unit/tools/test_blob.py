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


def refused(data, rule, *values, kind=None):
    """The text with which a blob is refused, after checking the rule."""
    with pytest.raises(ConfigError) as caught:
        blob.parse(data, kind)
    assert caught.value.rule == rule
    if values:
        assert caught.value.values == values
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
    text = refused(b"", "BLOB_TRUNCATED", 0, 24)
    assert text == ("the config has 0 bytes, its header needs 24"
                    " (rule 1 BLOB_TRUNCATED)")
    refused(CELL[:23], "BLOB_TRUNCATED", 23, 24)
    refused(b"X" + CELL[1:], "BLOB_MAGIC")
    refused(patch(CELL, abi.HEADER, "version", 2), "BLOB_VERSION", 2, 1)
    refused(patch(CELL, abi.HEADER, "arch", 2), "BLOB_ARCH", 2, 1)
    refused(patch(CELL, abi.HEADER, "kind", 3), "BLOB_KIND", 3, 2)
    assert "not sealed yet" in refused(
        patch(CELL, abi.HEADER, "kind", 0), "BLOB_KIND", 0, 2)
    refused(CELL, "BLOB_KIND", 2, 1, kind=abi.KIND_SYSTEM)
    refused(patch(CELL, abi.HEADER, "size", 1), "BLOB_SIZE", 1, len(CELL))
    refused(CELL + b"\0", "BLOB_SIZE", len(CELL), len(CELL) + 1)
    refused(patch(CELL, abi.HEADER, "checksum", 1, reseal=False),
            "BLOB_CHECKSUM")


def test_too_large():
    data = CELL + bytes(abi.BLOB_MAX_SIZE)
    data = patch(data, abi.HEADER, "size", len(data))
    assert "at most 65536" in refused(data, "BLOB_SIZE")


def test_truncated_at_every_length():
    for length in range(len(SYSTEM)):
        data = SYSTEM[:length]
        with pytest.raises(ConfigError):
            blob.parse(data)
        # The same with a header that agrees
        if length >= abi.HEADER.size:
            data = patch(data, abi.HEADER, "size", length)
            refused(data, "BLOB_SECTION")


@pytest.mark.parametrize("number", [0, 17, 0xffffffff])
def test_number_of_sections(number):
    data = patch(CELL, abi.HEADER, "nr_sections", number)
    assert "header.nr_sections must be 1..16" in refused(data, "BLOB_SECTION")


def test_table_beyond_the_end():
    data = patch(CELL[:60], abi.HEADER, "nr_sections", 3)
    data = patch(data, abi.HEADER, "size", 60)
    assert "the section table" in refused(data, "BLOB_SECTION", 0, 3)


@pytest.mark.parametrize("field, value, words", [
    ("type", 0, "type is not known"),
    ("type", abi.SECTION_PCI, "type is not known"),
    ("type", 0xffffffff, "type is not known"),
    ("type", abi.SECTION_SYSTEM, "not possible in a cell config"),
    ("entry_size", 0, "entry_size must be 32"),
    ("entry_size", 64, "entry_size must be 32"),
    ("size", 33, "size 33 is no multiple"),
    ("size", 0xffffffe0, "beyond the config's end"),
    ("size", 64, "beyond the config's end"),
    ("offset", 4, "no multiple of 8"),
    ("offset", 0xfffffff8, "beyond the config's end"),
])
def test_section(field, value, words):
    data = patch(CELL, abi.SECTION, field, value, entry_offset(2))
    assert words in refused(data, "BLOB_SECTION")


def test_sections_of_the_other_kind():
    spis = (abi.SECTION_SPIS, 4, bytes(4))
    assert "not possible in a system config" in refused(
        blob.build(system_sections() + [spis]), "BLOB_SECTION")


def test_section_twice():
    refused(blob.build(cell_sections() + cell_sections()[2:]),
            "BLOB_SECTION_TWICE", abi.SECTION_MEM)


def test_two_cells_in_one_section():
    sections = cell_sections()
    sections[0] = (abi.SECTION_CELL, abi.CELL.size, bytes(2 * abi.CELL.size))
    assert "size must be that of one entry" in refused(
        blob.build(sections), "BLOB_SECTION")


def test_missing_sections():
    refused(blob.build(cell_sections()[1:]), "BLOB_SECTION_MISSING",
            abi.SECTION_CELL)
    data = blob.build(system_sections()[1:])
    data = patch(data, abi.HEADER, "kind", abi.KIND_SYSTEM)
    refused(data, "BLOB_SECTION_MISSING", abi.SECTION_SYSTEM)
    refused(blob.build(cell_sections(cpus=())), "CPU_NONE")
    # A cell without memory breaks other rules, those on addresses.
    assert blob.parse(blob.build(cell_sections(mem=b""))).mem == []


def test_too_many():
    refused(blob.build(cell_sections(cpus=range(65))), "CPU_TOO_MANY", 65, 64)
    assert len(blob.parse(
        blob.build(cell_sections(cpus=range(64)))).cpus) == 64
    refused(blob.build(cell_sections(mem=mem_region() * 129)), "MEM_COUNT",
            129, 128)
    assert "at most 988" in refused(
        blob.build(cell_sections(spis=range(989))), "BLOB_SECTION", 5, 989)
    assert blob.parse(blob.build(
        cell_sections(spis=[32, 1019]))).spis == [32, 1019]


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
    assert config.header["size"] == len(raw)
    assert config.name == "timer"
    # The place of the dropped entries is cleared.
    assert blob.seal(raw)[entry_offset(3):entry_offset(5)] == bytes(32)


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
    (CELL[:24], "BLOB_SECTION"),
    (CELL + bytes(abi.BLOB_MAX_SIZE), "BLOB_SIZE"),
    (linked(cell_sections(name=b"")), "CELL_NAME"),
    (linked(cell_sections(cpus=())), "CPU_NONE"),
    (linked([(abi.SECTION_CELL, abi.CELL.size, b"")]), "BLOB_SECTION"),
])
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
