# SPDX-License-Identifier: GPL-2.0-only
"""From a config in C to a blob: what is in the tree, and what is refused."""

import os
import subprocess

import pytest

from cloisterconf import abi, blob, show
from conftest import ROOT

CROSS_COMPILE = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")
CONFIGS = ROOT / "configs"

CELL = "CELL { .name = \"a\" };\n"
CPUS = "CPUS { 1 };\n"
MEM = "MEM_REGIONS { { .size = 4 * KiB } };\n"
SYSTEM = "SYSTEM { .gic = { .version = 3 } };\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The tree's configs, parsed: {name: Config}."""
    folder = tmp_path_factory.mktemp("build")
    subprocess.run(["make", "-s", "-C", CONFIGS, f"BUILD={folder}",
                    f"CROSS_COMPILE={CROSS_COMPILE}"], check=True)
    return {path.stem: blob.parse(path.read_bytes())
            for path in (folder / "configs" / "qemu-virt").glob("*.cell")}


@pytest.fixture
def link(tmp_path):
    """Compiles and links a config's text: (exit status, output, bytes)."""
    def run(text):
        source, elf = tmp_path / "a.c", tmp_path / "a.elf"
        source.write_text("#include <cloister/config.h>\n" + text)
        done = subprocess.run(
            [CROSS_COMPILE + "gcc", "-std=gnu11", "-O1", "-ffreestanding",
             "-fno-pic", "-fno-asynchronous-unwind-tables", "-nostdlib",
             "-static", "-Werror", "-Wall", "-DCLOISTER_CONFIG",
             "-Wl,--build-id=none", "-I", ROOT / "include",
             "-T", CONFIGS / "config.lds", "-o", elf,
             CONFIGS / "blob.c", source],
            check=False, capture_output=True, text=True)
        if done.returncode:
            return done.returncode, done.stderr, b""
        raw = tmp_path / "a.bin"
        subprocess.run([CROSS_COMPILE + "objcopy", "-O", "binary", elf, raw],
                       check=True)
        return 0, done.stderr, raw.read_bytes()
    return run


def ram(config):
    """Regions of memory that are neither devices nor the hypervisor's."""
    return [r for r in config.mem
            if not {"IO", "COMM", "ALLOC"} & names(r)]


def names(region):
    """Names of a region's flags."""
    return {n for bit, n in abi.MEM_FLAGS.items() if region["flags"] & bit}


def overlap(a, b, key):
    """Whether two regions have an address in common."""
    return (a[key] < b[key] + b["size"] and b[key] < a[key] + a["size"])


def test_all_there(built):
    assert {"hello", "hello-uart", "timer", "timer-cpu1", "smp", "bench64k",
            "bench128m"} <= set(built)
    for name in ("hello", "timer", "smp", "bench64k"):
        modes = [abi.IRQ_MODES[built[variant].cell["irq_mode"]]
                 for variant in (name, f"{name}-direct")]
        assert modes == ["virtual", "direct"]
    for count in (1, 2, 4, 8, 16):
        assert built[f"qemu-virt-{count}"].cpus == list(range(count))
    assert built["qemu-virt"].cpus == built["qemu-virt-4"].cpus
    assert len({built[n].name for n in ("hello", "timer", "smp")}) == 3


def test_kinds(built):
    for name, config in built.items():
        assert (config.system is not None) == name.startswith("qemu-virt")


def test_regions(built):
    """Aligned, and without overlap, in every config."""
    for config in built.values():
        for i, a in enumerate(config.mem):
            assert not (a["virt_start"] | a["size"]) % 4096
            assert "ALLOC" in names(a) or not a["phys_start"] % 4096
            assert a["size"]
            for b in config.mem[:i]:
                assert not overlap(a, b, "virt_start")
                if not {"COMM", "ALLOC"} & (names(a) | names(b)):
                    assert not overlap(a, b, "phys_start")


def test_root(built):
    config = built["qemu-virt"]
    system = config.system
    reserved = [
        system["hypervisor_memory"],
        {"start": system["gic"]["gicd_base"], "size": 0x10000},
        *system["gic"]["gicr"],
        {"start": system["pci"]["mmconfig_base"], "size": 256 << 20},
    ]
    for region in config.mem:
        assert region["virt_start"] == region["phys_start"]
        for other in reserved:
            assert not overlap(
                region, {"phys_start": other["start"], "size": other["size"]},
                "phys_start")
        # 40 bits of addresses are what the smallest of the CPUs have.
        assert region["phys_start"] + region["size"] <= 1 << 40
    assert sum(r["size"] for r in ram(config)) < 2 << 30


def test_cells_fit_the_system(built):
    system = built["qemu-virt"]
    assignable = [r for r in system.mem if "ASSIGNABLE" in names(r)]
    for config in built.values():
        if config.system is not None:
            continue
        assert all(0 < c < len(system.cpus) for c in config.cpus)
        for region in config.mem:
            if "COMM" in names(region):
                assert region["size"] == 4096 and not region["phys_start"]
                continue
            if "ALLOC" in names(region):
                assert region["phys_start"] < len(system.pools)
                continue
            assert any(
                a["phys_start"] <= region["phys_start"] and
                region["phys_start"] + region["size"] <=
                a["phys_start"] + a["size"] for a in assignable)
        assert any("EXECUTE" in names(r) and 0 <= config.cell["entry"]
                   - r["virt_start"] < r["size"] for r in ram(config))


def test_cells_fit_each_other(built):
    """Cells with different names never share RAM."""
    cells = [c for c in built.values() if c.system is None]
    for a in cells:
        for b in cells:
            if a.name != b.name:
                assert not any(overlap(x, y, "phys_start")
                               for x in ram(a) for y in ram(b))
    taken = [c for n in ("hello", "smp") for c in built[n].cpus]
    assert len(taken) == len(set(taken))
    assert built["timer-cpu1"].cpus == [1]


def test_linked(link):
    status, output, raw = link(CELL + CPUS + MEM + "SPIS { 33, 34, 35 };\n")
    assert (status, output) == (0, "")
    config = blob.parse(blob.seal(raw))
    assert (config.cpus, config.spis) == ([1], [33, 34, 35])
    assert len(config.mem) == 1


def test_all_sections_of_a_cell(link):
    status, output, raw = link(
        CELL + CPUS + MEM + "SPIS { 33 };\n"
        "PCI_DEVICES { { .bdf = PCI_BDF(1, 2, 3) } };\n"
        "SMC_RULES { { .function = 0x82000001, .ignore = 1 << 30,"
        " .args = { [1] = { .mask = 0xff, .value = 2 } } } };\n")
    assert (status, output) == (0, "")
    config = blob.parse(blob.seal(raw))
    assert config.pci_devices == [
        {"domain": 0, "bdf": 0x113, "flags": 0, "reserved": 0}]
    assert config.smc_rules[0]["function"] == 0x82000001
    assert config.smc_rules[0]["args"][1] == {"mask": 0xff, "value": 2}
    text = show.to_text(config)
    assert "pci_devices:       0000:01:02.3" in text
    assert ("smc_rules[0]:      0x82000001, whatever 0x40000000 is, if"
            " x2 & 0xff == 0x2") in text
    shown = show.to_dict(config)
    assert shown["pci_devices"] == ["0000:01:02.3"]
    assert shown["smc_rules"][0]["ignore"] == "0x40000000"


def test_devices(link):
    status, output, raw = link(
        CELL + CPUS + "MEM_REGIONS { { .phys_start = 0x9010000, .virt_start ="
        " 0x9010000, .size = 4 * KiB, .flags = CL_MEM_READ | CL_MEM_IO } };\n"
        "SPIS { 34, 35 };\n"
        "DEVICES { { .compatible = \"arm,pl031 arm,primecell\", .name = \"rtc\","
        " .address = 0x9010000, .size = 4 * KiB, .irqs = { 34, 35 },"
        " .edge = 1 << 1, .clock_hz = 24000000,"
        " .flags = CL_DEVICE_DMA_COHERENT },"
        " { .compatible = \"x\", .address = 0x9011000, .size = 6 } };\n")
    assert (status, output) == (0, "")
    config = blob.parse(blob.seal(raw))
    text = show.to_text(config)
    assert ("devices[0]:        rtc@9010000, arm,pl031 arm,primecell, 4 KiB,"
            " interrupt 34, interrupt 35 (edge), clock 24000000 Hz:"
            " DMA_COHERENT\n"
            "devices[1]:        device@9011000, x, 6 bytes") in text
    assert show.to_dict(config)["devices"][0] == {
        "node": "rtc@9010000", "compatible": ["arm,pl031", "arm,primecell"],
        "address": "0x9010000", "size": 4096,
        "irqs": [{"irq": 34, "edge": False}, {"irq": 35, "edge": True}],
        "clock_hz": 24000000, "flags": ["DMA_COHERENT"]}
    # Shown before anybody has checked it: it must not drive a terminal
    config.devices[0].update(name=b"a\x1b[2J", compatible=b"\xff\x7f b")
    assert "a\\x1b[2J@9010000, \\xff\\x7f b, 4 KiB" in show.to_text(config)


def test_iommus(link):
    status, _, raw = link(
        SYSTEM + CELL + CPUS + MEM + "IOMMUS { { .type = CL_IOMMU_SMMUV3,"
        " .regs = { 0x9050000, 128 * KiB } } };\n")
    assert status == 0
    config = blob.parse(blob.seal(raw))
    assert "iommus[0]:         smmuv3 at 0x9050000..0x906ffff (128 KiB)" in \
        show.to_text(config)
    assert show.to_dict(config)["iommus"][0]["type"] == "smmuv3"


@pytest.mark.parametrize("text, message", [
    (CPUS + MEM, "CELL (or ROOT_CELL) is missing"),
    (SYSTEM + CPUS + MEM, "CELL (or ROOT_CELL) is missing"),
    (CELL + MEM, "CPUS is missing or empty"),
    (CELL + MEM + "CPUS { };", "CPUS is missing or empty"),
    (CELL + CPUS, "MEM_REGIONS is missing or empty"),
    (SYSTEM + CELL + CPUS + MEM + "SPIS { 33 };", "SPIS is for cells"),
    (CELL + CPUS + MEM + "int stray = 1;", "nothing but SYSTEM"),
    (CELL + CPUS + MEM + "const char stray[] = \"x\";", "nothing but SYSTEM"),
    (CELL + MEM + "CPUS { [64] = 1 };", "too many CPUS"),
    (CELL + CPUS + "MEM_REGIONS { [128] = { .size = 1 } };", "too many MEM_REGIONS"),
    (CELL + CPUS + MEM + "SPIS { [988] = 1 };", "too many SPIS"),
    (CELL + CPUS + MEM + "POOLS { { 0, 1 } };", "POOLS is for the system"),
    (SYSTEM + CELL + CPUS + MEM + "POOLS { [8] = { 0, 1 } };",
     "too many POOLS"),
    (SYSTEM + CELL + CPUS + MEM + "SMC_RULES { { 0 } };", "SMC_RULES is for"),
    (SYSTEM + CELL + CPUS + MEM + "PCI_DEVICES { { 0 } };",
     "PCI_DEVICES is for cells"),
    (CELL + CPUS + MEM + "IOMMUS { { 0 } };", "IOMMUS is for the system"),
    (CELL + CPUS + MEM + "SMC_RULES { [32] = { 1 } };", "too many SMC_RULES"),
    (CELL + CPUS + MEM + "PCI_DEVICES { [64] = { 1 } };",
     "too many PCI_DEVICES"),
    (SYSTEM + CELL + CPUS + MEM + "IOMMUS { [8] = { 1 } };",
     "too many IOMMUS"),
    (SYSTEM + CELL + CPUS + MEM + "DEVICES { { \"x\" } };",
     "DEVICES is for cells"),
    (CELL + CPUS + MEM + "DEVICES { [32] = { \"x\" } };", "too many DEVICES"),
    (CELL + CELL + CPUS + MEM, "redefinition"),
    (CELL + CPUS + MEM + CPUS, "redefinition"),
    ("CELL { .nmae = 0 };" + CPUS + MEM, "no member named"),
    ("CELL { .name = \"0123456789012345678901234567890123\" };" + CPUS + MEM,
     "too long"),
])
def test_refused(link, text, message):
    status, output, _ = link(text)
    assert status
    assert message in output
