# SPDX-License-Identifier: GPL-2.0-only
"""`cellctl linux` with files of every kind and a driver that keeps a log."""

import os
import struct
import subprocess

from cloisterconf import abi, blob
from conftest import OUT, cell_sections, mem_region, system_sections

FAKE = OUT / "cellctl-fake"
MIB = 1 << 20
RAM, RAM_SIZE = 0x71000000, 16 * MIB
# The last 2 MiB are the device tree's
DTB = RAM + RAM_SIZE - 2 * MIB
CODE = bytes(range(1, 200)) * 50


def image(size=4 * MIB, text_offset=0, flags=0xa, code=CODE, first=b"\0" * 8):
    """An Image: .bss follows the code; the pages have 4 KiB."""
    return struct.pack("<8s3Q24x4sI", first, text_offset, size, flags,
                       b"ARM\x64", 64) + code


def efi_image(raw_size):
    """An Image that is an EFI program, too: one section behind its headers."""
    pe = (b"PE\0\0" + struct.pack("<2H12x2H", 0xaa64, 1, 16, 0) + bytes(16)
          + struct.pack("<8s2I2I16x", b".text", 0, 0, raw_size, 256))
    return image(code=pe.ljust(192, b"\0") + CODE, first=b"MZ\0\0\0\0\0\0")


def zstd(data):
    return subprocess.run(["zstd", "-q"], input=data, check=True,
                          capture_output=True).stdout


def zboot(payload, packing=b"gzip", size=None, offset=128):
    header = struct.pack("<4s4s2I8x32s", b"MZ\0\0", b"zimg", offset,
                         len(payload) if size is None else size, packing)
    return header.ljust(offset, b"\0") + payload + b"\0\0\0\0signature"


def region(start=RAM, size=RAM_SIZE, flags=0x4f):
    return mem_region(phys_start=start, virt_start=start, size=size,
                      flags=flags)


def config(mem=region(), more=(), **fields):
    """A cell config; .entry is where the RAM begins unless told. `more` are
    further sections."""
    start = abi.MEM_REGION.decode(mem)["virt_start"]
    cell = abi.CELL.encode({"name": b"linux", "entry": start, **fields})
    return blob.build([(abi.SECTION_CELL, abi.CELL.size, cell),
                       *cell_sections(mem=mem)[1:], *more])


class Linux:
    """A folder with files, and a driver that keeps a log."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "log"
        self.env = {"FAKE_SYSTEM": self.file(
            "system.cell", blob.build(system_sections())),
                    "FAKE_LOG": self.log}

    def file(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def run(self, *args, preexec_fn=None, **env):
        self.log.unlink(missing_ok=True)
        return subprocess.run([FAKE, "linux", *args], check=False,
                              capture_output=True, text=True,
                              preexec_fn=preexec_fn, env={
                                  **os.environ, **self.env, **env})

    def start(self, kernel=image(), *args, cell=config(), **env):
        """Start a kernel; returns what was printed."""
        done = self.run(self.file("linux.cell", cell),
                        self.file("kernel", kernel), *args, **env)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def refused(self, kernel=image(), *args, cell=config(), status=3, **env):
        """It must fail; returns the reason, behind the program's name."""
        done = self.run(self.file("linux.cell", cell),
                        self.file("kernel", kernel), *args, **env)
        assert (done.returncode, done.stdout) == (status, "")
        start, _, text = done.stderr.strip().partition("linux")
        assert start == "cellctl: " and "\n" not in text
        return text.lstrip(": ").replace(f"{self.folder}/", "")

    def asked(self):
        return self.log.read_text().split("\n")[:-1] \
            if self.log.exists() else []

    def loaded(self, address):
        return (self.folder / f"log.0x{address:x}").read_bytes()

    def created(self):
        return blob.parse((self.folder / "log.config").read_bytes())
