# SPDX-License-Identifier: GPL-2.0-only
"""`cellctl linux`: kernels, where they go, and what is asked of the driver."""

import gzip
import json
import os
import signal
import struct
import subprocess
import zlib

import pytest

from cloisterconf import abi, blob
from conftest import OUT, cell_sections, mem_region, system_sections
from fdt import cells, dtc, longs, parse, reservations

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


@pytest.fixture
def linux(tmp_path):
    return Linux(tmp_path)


def test_start(linux):
    text = linux.start(image(), "--initrd",
                       linux.file("initrd", b"ramdisk"), "--append", "quiet")
    behind = RAM + 4 * MIB
    assert linux.asked() == ["create", f"load 0x{RAM:x} first",
                             f"load 0x{behind:x}", f"load 0x{DTB:x}", "start"]
    assert linux.loaded(RAM) == image()
    assert linux.loaded(behind) == b"ramdisk"
    cell = linux.created().cell
    assert (cell["entry"], cell["args"]) == (RAM, [DTB, 0, 0, 0])
    tree = parse(linux.loaded(DTB))
    chosen = tree["/chosen"]
    assert chosen["bootargs"] == b"quiet\0"
    assert longs(chosen["linux,initrd-start"]) == [behind]
    assert longs(chosen["linux,initrd-end"]) == [behind + 7]
    assert (len(chosen["kaslr-seed"]), len(chosen["rng-seed"])) == (8, 32)
    assert text == (
        "cell:        2 (linux)\n"
        f"kernel:      0x{RAM:x}, {len(image())} bytes\n"
        f"initrd:      0x{behind:x}, 7 bytes\n"
        f"device tree: 0x{DTB:x}, {len(linux.loaded(DTB))} bytes\n")


def test_json(linux):
    assert json.loads(linux.start(image(), "--json")) == {
        "id": 2, "kernel": f"0x{RAM:x}", "device_tree": f"0x{DTB:x}"}
    assert json.loads(linux.start(
        image(), "--json", "--initrd", linux.file("initrd", b"x")))[
            "initrd"] == f"0x{RAM + 4 * MIB:x}"


def test_seeds_are_random(linux):
    trees = []
    for _ in range(2):
        linux.start()
        trees.append(parse(linux.loaded(DTB)))
    for name in ("kaslr-seed", "rng-seed"):
        first, second = (tree["/chosen"].pop(name) for tree in trees)
        assert first != second and any(first)
    assert trees[0] == trees[1]


def test_trees_are_the_same(linux, cellconf):
    """That of cellctl and that of cellconf, to the byte."""
    user = linux.file("user.dtb", dtc("""/dts-v1/; /memreserve/ 0x71000000 1;
        / { soc { a = <1>; }; };"""))
    options = ("--append", "console=ttyAMA0", "--dtb", user)
    cell = linux.file("linux.cell", config())
    ours, theirs = linux.folder / "ours", linux.folder / "theirs"
    done = linux.run(cell, "--write-dtb", ours, *options)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert linux.asked() == []
    done = cellconf("dt", "-o", theirs, *options, linux.env["FAKE_SYSTEM"],
                    cell)
    assert (done.returncode, done.stderr) == (0, "")
    assert ours.read_bytes() == theirs.read_bytes()
    assert "/soc" in parse(ours.read_bytes())
    assert reservations(ours.read_bytes()) == [(RAM, 1)]


def test_written_tree(linux):
    """With a kernel: what it gets, but for the seeds."""
    path = linux.folder / "written"
    linux.start(image(), "--write-dtb", path, "--initrd",
                linux.file("initrd", b"x"))
    tree = parse(linux.loaded(DTB))
    for name in ("kaslr-seed", "rng-seed"):
        del tree["/chosen"][name]
    assert parse(path.read_bytes()) == tree
    assert "linux,initrd-start" in tree["/chosen"]


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


def test_initrd(linux):
    assert linux.refused(image(), "--initrd", linux.file("initrd", b"")) == \
        "initrd: is empty"
    assert linux.refused(image(), "--initrd", linux.folder / "none") == \
        "none: No such file or directory"


CHOSEN = """/dts-v1/; / { chosen { bootargs = "single"; a = <1>;
    linux,initrd-start = <0>; linux,initrd-end = <4096>; }; };"""
CHOSEN_OVERLAY = """/dts-v1/; /plugin/; &{/chosen} { bootargs = "single";
    a = <1>; linux,initrd-start = <0>; linux,initrd-end = <4096>; };"""


@pytest.mark.parametrize("source", (CHOSEN, CHOSEN_OVERLAY))
def test_command_line_and_a_tree(linux, source):
    """What the command says goes over what the user's tree says."""
    options = "--dtb", linux.file("user.dtb", dtc(source))
    linux.start(image(), *options)
    chosen = parse(linux.loaded(DTB))["/chosen"]
    assert chosen["bootargs"] == b"single\0"
    assert cells(chosen["linux,initrd-end"]) == [4096]
    linux.start(image(), "--append", "quiet", "--initrd",
                linux.file("initrd", b"ramdisk"), *options, **existing(linux))
    chosen = parse(linux.loaded(DTB))["/chosen"]
    assert (chosen["bootargs"], cells(chosen["a"])) == (b"quiet\0", [1])
    start, end = (longs(chosen[f"linux,initrd-{what}"])[0]
                  for what in ("start", "end"))
    assert (start, end) == (RAM + 4 * MIB, RAM + 4 * MIB + 7)


def test_dtb(linux):
    user = linux.file("user.dtb", dtc("/dts-v1/; / { n { }; };"))
    linux.start(image(), "--dtb", user)
    assert "/n" in parse(linux.loaded(DTB))
    size = len(user.read_bytes())
    user.write_bytes(user.read_bytes()[:-1])
    assert linux.refused(image(), "--dtb", user) == (
        f"user.dtb: is cut off: the device tree has {size} bytes, the file"
        f" {size - 1}")
    assert linux.refused(image(), "--dtb", linux.file("x", b"text")) == (
        "x: is no device tree (.dtb): 4 bytes without its magic number")
    assert linux.asked() == []


def test_config_is_checked(linux):
    """By all rules, before anything is made."""
    assert linux.refused(cell=config(entry=4), status=1) == (
        "linux.cell: entry: 0x4 is not in a region that the cell may execute"
        " (rule 106 CELL_ENTRY, EINVAL)")
    device = abi.DEVICE.encode({"compatible": b"x", "address": 0x9010000,
                                "size": 4})
    assert linux.refused(cell=config(more=[
        (abi.SECTION_DEVICES, len(device), device)]), status=1) == (
        "linux.cell: devices[0].address: 0x9010000 to its end by size is not"
        " in one region of the cell with IO (rule 232 DEVICE_ADDRESS, EINVAL)")
    assert "BLOB_CHECKSUM" in linux.refused(cell=config()[:-1] + b"\1",
                                            status=1)
    assert "BLOB_TRUNCATED" in linux.refused(cell=b"", status=1)
    assert "BLOB_KIND" in linux.refused(
        cell=blob.build(system_sections()), status=1)
    assert linux.asked() == []


def existing(linux, **fields):
    """The config of a cell that is there."""
    fields = {"entry": RAM, "args": [DTB, 0, 0, 0], **fields}
    return {"FAKE_CELL": linux.file("there.cell", config(**fields))}


def test_config_of_the_driver_is_too_long(linux):
    assert linux.refused(status=1, FAKE_LONG="1").endswith("(EPROTO)")
    assert linux.asked() == []


def test_use_again(linux):
    linux.start(image(), **existing(linux))
    assert linux.asked() == [f"load 0x{RAM:x} first", f"load 0x{DTB:x}", "start"]


def test_use_again_another_config(linux):
    assert linux.refused(status=1, **existing(linux, flags=1)) == (
        "cell linux exists with another config than linux.cell: destroy it"
        " first")
    assert linux.refused(
        image(text_offset=0x80000), status=1, **existing(linux)) == (
        f"cell linux begins at 0x{RAM:x} with its device tree at 0x{DTB:x},"
        f" but with kernel these are 0x{RAM + 0x80000:x} and 0x{DTB:x}:"
        " destroy it first")
    assert linux.asked() == []


def test_older_config(linux):
    """A blob with a shorter cell than today's is made as it is."""
    short = abi.CELL.encode({"name": b"linux", "entry": RAM})[:104]
    linux.start(cell=blob.build([(abi.SECTION_CELL, 104, short),
                                 *cell_sections(mem=region())[1:]]))
    assert linux.created().cell["args"] == [DTB, 0, 0, 0]
    assert linux.created().sections[0]["entry_size"] == 104


@pytest.mark.parametrize("step", ("load", "start"))
def test_taken_back(linux, step):
    """A cell that was made for this does not stay; one that was there does."""
    text = linux.refused(status=1, FAKE_FAIL=step)
    assert text.endswith("Cannot allocate memory (ENOMEM)")
    assert linux.asked()[0] == "create" and linux.asked()[-2:] == [
        f"load 0x{RAM:x} first" if step == "load" else step, "destroy"]
    linux.refused(status=1, FAKE_FAIL=step, **existing(linux))
    assert "destroy" not in linux.asked()


def test_somebody_else_starts_it(linux):
    """It was made here, but what runs in it is not to be ended."""
    linux.refused(status=1, FAKE_FAIL="start", FAKE_RACE="1")
    assert linux.asked()[0] == "create" and linux.asked()[-1] == "start"


def interrupt(linux, at, number=signal.SIGINT, **options):
    """A signal comes while the driver does something."""
    return linux.run(
        linux.file("linux.cell", config()), linux.file("kernel", image()),
        "--initrd", linux.file("initrd", b"ramdisk"),
        FAKE_SIGNAL=f"{at} {number:d}", **options)


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP))
@pytest.mark.parametrize("at", ("create", "load"))
def test_interrupted(linux, at, number):
    """Nothing stays of it, and its end is that by the signal."""
    done = interrupt(linux, at, number)
    assert (done.returncode, done.stdout, done.stderr) == (
        -number, "", "cellctl: linux: interrupted\n")
    assert linux.asked() == ["create", *[f"load 0x{RAM:x} first"] * (
        at == "load"), "destroy"]


def test_interrupted_with_an_old_cell(linux):
    done = interrupt(linux, "load", **existing(linux))
    assert done.returncode == -signal.SIGINT
    assert linux.asked() == [f"load 0x{RAM:x} first"]


def test_interrupted_too_late(linux):
    """What runs is left alone, and told of."""
    done = interrupt(linux, "start")
    assert done.returncode == -signal.SIGINT
    assert done.stdout.startswith("cell:        2 (linux)\n")
    assert linux.asked()[-1] == "start"
    # An error takes the cell back as ever, with its words
    done = interrupt(linux, "start", FAKE_FAIL="start")
    assert done.returncode == -signal.SIGINT
    assert done.stderr.endswith("Cannot allocate memory (ENOMEM)\n")
    assert linux.asked()[-2:] == ["start", "destroy"]
    interrupt(linux, "destroy", FAKE_FAIL="start")
    assert linux.asked()[-1] == "destroy"


@pytest.mark.parametrize("how", (
    lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])),
    ids=("ignored", "blocked"))
def test_signal_that_is_not_for_it(linux, how):
    """As nohup does it."""
    done = interrupt(linux, "load", signal.SIGHUP, preexec_fn=how)
    assert (done.returncode, done.stderr) == (0, "")
    assert linux.asked()[-1] == "start"


@pytest.mark.parametrize("args, reason", (
    ((), "a cell config and a kernel are needed"),
    (("a", "b", "c"), "a cell config and a kernel are needed"),
    (("a",), "without a kernel there is nothing to do but --write-dtb"),
    (("a", "--write-dtb", "x", "--initrd", "y"),
     "without a kernel no --initrd has a place"),
    (("a", "b", "--append"), "--append needs a value"),
))
def test_usage(linux, args, reason):
    done = linux.run(*args)
    assert done.returncode == 2
    assert done.stderr.startswith(f"cellctl: linux: {reason}\n")


def test_unwritable(linux):
    """A full disk leaves no half of a tree, and nothing is started."""
    done = linux.run(linux.file("linux.cell", config()),
                     linux.file("kernel", image()), "--write-dtb", "/dev/full")
    assert done.returncode == 3
    assert done.stderr == \
        "cellctl: linux: /dev/full: No space left on device\n"
    assert linux.asked() == []


@pytest.mark.parametrize("name", ("linux.cell", "kernel", "initrd",
                                  "user.dtb", "link"))
def test_written_over_what_is_read(linux, name):
    """Not a file that is in use, by whatever name."""
    content = {"linux.cell": config(), "kernel": image(), "link": image(),
               "initrd": b"x" * 5000,
               "user.dtb": dtc("/dts-v1/; / { a { }; };")}
    initrd, user = (linux.file(n, content[n]) for n in ("initrd", "user.dtb"))
    path = linux.folder / name
    (linux.folder / "link").symlink_to("kernel")
    assert linux.refused(image(), "--write-dtb", path, "--initrd", initrd,
                         "--dtb", user) == (
        f"{name}: is read, too: the device tree needs a file of its own")
    assert path.read_bytes() == content[name]
    assert linux.asked() == []
