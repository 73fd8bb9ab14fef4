# SPDX-License-Identifier: GPL-2.0-only
"""`cellctl linux`: what is asked of the driver, and what becomes of it."""

import json
import signal

import pytest

from cloisterconf import abi, blob
from conftest import cell_sections, system_sections
from fake_linux import DTB, MIB, RAM, Linux, config, image, region
from fdt import cells, dtc, longs, parse, reservations


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


def hear_signals():
    """Whatever those who run the tests ignore."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def interrupt(linux, at, number=signal.SIGINT, **options):
    """A signal comes while the driver does something."""
    options.setdefault("preexec_fn", hear_signals)
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


def ignore_hangup():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def block_hangup():
    hear_signals()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])


@pytest.mark.parametrize("how", (ignore_hangup, block_hangup))
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
