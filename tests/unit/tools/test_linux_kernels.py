# SPDX-License-Identifier: GPL-2.0-only
"""`cellctl linux`: kernels as files, and where they go in a cell."""

import gzip
import os
import zlib

import pytest

from fake_linux import (CODE, DTB, MIB, RAM, RAM_SIZE, Linux, config,
                        efi_image, image, region, zboot, zstd)


@pytest.fixture
def linux(tmp_path):
    return Linux(tmp_path)


@pytest.mark.parametrize("pack", (
    gzip.compress, zstd, lambda data: zboot(gzip.compress(data)),
    lambda data: zboot(zstd(data) + b"size", b"zstd22"),
    lambda data: gzip.compress(data) + b"behind the end"),
    ids=("gzip", "zstd", "zboot-gzip", "zboot-zstd", "trailer"))
def test_packed(linux, pack):
    linux.start(pack(image()))
    assert linux.loaded(RAM) == image()


def test_pages(linux):
    """Sizes of pages that the CPUs have, and have not; 0 says nothing."""
    for flags in (0x8, 0xa, 0xc):
        linux.start(image(flags=flags), FAKE_GRANULES="3")
    assert linux.refused(image(flags=0xe), FAKE_GRANULES="3") == (
        "kernel: needs pages of 64 KiB, but these CPUs have only 4 KiB"
        " 16 KiB")
    assert linux.refused(image(flags=0xc)) == (
        "kernel: needs pages of 16 KiB, but these CPUs have only 4 KiB")
    assert linux.asked() == []


@pytest.mark.parametrize("kernel, reason", (
    (b"", "is no arm64 kernel (Image, gzip, zstd or EFI zboot), but something"
     " unknown of 0 bytes"),
    (b"\x7fELF" + bytes(100), "an ELF file (vmlinux?) of 104 bytes"),
    (image()[:63], "is no arm64 kernel"),
    (b"\xd0\x0d\xfe\xed" + bytes(96), "a device tree of 100 bytes"),
    (gzip.compress(b"070701" + bytes(994)),
     "but a cpio archive of 1000 bytes, unpacked"),
    (gzip.compress(gzip.compress(image())), "something unknown"),
    (image(flags=0xb), "is a big-endian kernel (flags 0xb)"),
    (image(size=0), "it is older than 3.17"),
    (image(text_offset=2 * MIB), "is damaged: its header has text_offset"
     " 0x200000, image_size 0x400000"),
    (image(text_offset=2), "is damaged"),
    (image(size=1 << 63), "is damaged"),
    (efi_image(len(CODE) + 1), f"is cut off: it has {256 + len(CODE)} bytes,"
     f" its header knows of {257 + len(CODE)}"),
    (zboot(b"", b"lzma\x1b"), "is an EFI zboot kernel packed by 'lzma?'"),
    (zboot(b"12345", size=100), "is cut off: its packed kernel is 100 bytes"
     " at byte 128, but there are only 146"),
    (zboot(b"12345", offset=1 << 20)[:1000], "is cut off"),
    (zboot(b"12345"), "is damaged: what is packed in it fails at byte"),
    (zboot(b"12345", b"zstd"), "is damaged"),
))
def test_no_kernel(linux, kernel, reason):
    text = linux.refused(kernel)
    assert text.startswith("kernel: ") and reason in text
    assert linux.asked() == []


def test_efi_image(linux):
    linux.start(efi_image(len(CODE)))
    assert linux.loaded(RAM) == efi_image(len(CODE))


@pytest.mark.parametrize("pack", (gzip.compress, zstd), ids=("gzip", "zstd"))
def test_cut_off(linux, pack):
    """Wherever a packed kernel ends too early, it is noticed."""
    packed = pack(image(code=os.urandom(300)))
    for size in range(6, len(packed), 7):
        assert linux.refused(packed[:size]).startswith(
            "kernel: is cut off: what is packed in it goes on behind its"
            f" {size} bytes")
    # zlib has a checksum at the end
    if pack is gzip.compress:
        packed = packed[:-8] + bytes(8)
        assert "is damaged" in linux.refused(packed)
    assert linux.asked() == []


def test_bomb(linux):
    """A small file of which much would come does not take all memory."""
    room = RAM_SIZE - 2 * MIB
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(bomb.compress(bytes(MIB)) for _ in range(512))
    assert linux.refused(packed + bomb.flush()) == (
        f"kernel: unpacks to more than {room} bytes, for which the cell has"
        " no room")
    # As much as fits
    linux.start(gzip.compress(image(room, code=bytes(room - 64))))


def test_room(linux):
    room = RAM_SIZE - 2 * MIB
    linux.start(image(room))
    assert linux.refused(image(room + 1)) == (
        f"kernel: needs {room + 1} bytes of RAM from 0x{RAM:x} on, but the"
        f" cell has only {room} there, below the device tree at 0x{DTB:x}")
    # An image_size that is less than there is
    assert "needs" in linux.refused(image(1, code=bytes(room)))
    linux.start(image(room - 0x80000, text_offset=0x80000))
    assert linux.created().cell["entry"] == RAM + 0x80000
    assert "needs" in linux.refused(image(room - 0x7ffff, text_offset=0x80000))
    initrd = linux.file("initrd", bytes(2 * MIB))
    linux.start(image(room - 2 * MIB), "--initrd", initrd)
    assert linux.refused(image(room - 2 * MIB + 1), "--initrd", initrd) == (
        f"initrd: has {2 * MIB} bytes and does not fit behind the kernel:"
        f" from 0x{DTB - 2 * MIB + 0x10000:x} on the cell has only"
        f" {2 * MIB - 0x10000}, below the device tree at 0x{DTB:x}")
    assert linux.asked() == []


def test_which_ram(linux):
    """The lowest that has room; regions in a row count as one."""
    high = RAM + 6 * MIB
    mem = (region(high + 8 * MIB, 8 * MIB) + region(RAM, 5 * MIB)
           + region(high - 0x1000, 4 * MIB + 0x1000)
           + region(high + 4 * MIB, 4 * MIB))
    linux.start(image(), cell=config(mem))
    assert linux.created().cell["entry"] == high
    assert linux.created().cell["args"][0] == high + 14 * MIB
    linux.start(image(2 * MIB), cell=config(mem))
    assert linux.created().cell["entry"] == RAM
    assert linux.created().cell["args"][0] == RAM + 2 * MIB
    linux.start(image(), cell=config(region(RAM, 8 * MIB, 0xf)
                                     + region(RAM + 8 * MIB, 8 * MIB)))
    assert linux.created().cell["entry"] == RAM + 8 * MIB


@pytest.mark.parametrize("mem", (
    region(flags=0xf), region(flags=0xcf), region(size=2 * MIB)),
    ids=("not loadable", "shared with root", "too small"))
def test_no_ram(linux, mem):
    """It is the config's fault, also if nothing could be unpacked there."""
    for kernel in image(), gzip.compress(image()), zboot(zstd(image()), b"zstd"):
        assert linux.refused(kernel, cell=config(mem)).startswith(
            "linux.cell: no mem_regions of the cell are RAM for a Linux (READ,"
            " WRITE, EXECUTE and LOADABLE, not ROOTSHARED)")
