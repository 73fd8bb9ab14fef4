# SPDX-License-Identifier: GPL-2.0-only
"""cellconf create on the target: what it writes is taken as it is."""

import subprocess

import pytest

import blobs
import cloister as c
import payload
from cloisterconf import blob

pytestmark = pytest.mark.skipif(not payload.is_cached("python"),
                                reason="Python is not in the cache")

CELLCONF = "/usr/lib/cloister/cellconf"
NVME = ("-device", "nvme,serial=1,drive=disk",
        "-drive", "if=none,id=disk,driver=null-co,size=64M")
EFI = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
RTC = 0x09010000
BDF = "/sys/bus/pci/devices/0000:00:01.0"


def boot(machine_factory, kernel="6.1", **options):
    """A machine with PCI, Cloister and cellconf; nothing is enabled yet."""
    options.setdefault("qemu_args", NVME)
    cloister = c.boot(machine_factory, kernel, enabled=False,
                      files=payload.python_files(), **options)
    cloister.insmod()
    return cloister


def create(cloister, options="--blob"):
    return cloister.must(f"{CELLCONF} create {options} -o /tmp/conf",
                         timeout=120)


def nvme(cloister):
    """A register of the NVMe controller: through the ECAM and a window."""
    cloister.must(f"echo 1 > {BDF}/enable")
    bar = cloister.must(f"sed -n '1s/ .*//p' {BDF}/resource")
    return (cloister.must(f"md5sum < {BDF}/config"),
            cloister.must(f"devmem {bar} 64"))


def no_complaints(cloister):
    """The driver knows of no register that root would lack."""
    log = cloister.log()
    assert not [line for line in log if "a driver of Linux uses" in line], log


def run_cell(cloister):
    """The cell that create made runs a guest of the tree."""
    cloister.create("/tmp/conf/cell.cell")
    cloister.ctl("load cell1 /cloister/hello.bin")
    cloister.ctl("start cell1")
    cloister.wait_console("cell1", "count 1")
    cloister.end("cell1")


def test_blobs_are_taken_as_they_are(machine_factory, kernel):
    cloister = boot(machine_factory, kernel)
    before = nvme(cloister)
    assert int(before[1], 16) not in (0, (1 << 64) - 1)
    said = create(cloister)
    assert "hypervisor_memory: 0x70000000..0x703fffff (4 MiB)" in said
    assert "for cells:         0x70400000..0xbfffffff" in said

    cloister.enable("/tmp/conf/system.cell")
    no_complaints(cloister)
    assert nvme(cloister) == before
    cloister.cpus_work()
    run_cell(cloister)
    cloister.disable()
    # All of it again: create finds the same while nothing is enabled
    create(cloister, "--blob --force")
    cloister.enable("/tmp/conf/system.cell")
    assert nvme(cloister) == before
    cloister.disable()


def test_sources_are_taken_as_they_are(machine_factory, tmp_path):
    """There is no compiler on the target: the host builds what it wrote."""
    first = boot(machine_factory)
    create(first)
    files = {}
    for name in ("system", "cell"):
        (tmp_path / f"{name}.c").write_bytes(
            first.machine.get(f"/tmp/conf/{name}.c"))
        out = tmp_path / f"{name}.cell"
        subprocess.run([payload.ROOT / "tools/cellconf/cellconf", "build",
                        tmp_path / f"{name}.c", out], check=True)
        ours, theirs = (blob.parse(data) for data in (
            out.read_bytes(), first.machine.get(f"/tmp/conf/{name}.cell")))
        for config in (ours, theirs):
            config.header = config.sections = None  # the linker's order
        assert ours == theirs
        files[f"tmp/conf/{name}.cell"] = out
    first.machine.poweroff()

    second = c.boot(machine_factory, enabled=False, files=files,
                    qemu_args=NVME)
    second.insmod()
    second.enable("/tmp/conf/system.cell")
    no_complaints(second)
    run_cell(second)
    second.disable()
    # Were a device forgotten, it would be said
    config = blobs.Config((tmp_path / "system.cell").read_bytes())
    config.mem = [r for r in config.mem if r["phys_start"] != RTC]
    second.put("/tmp/lacking.cell", config.encode())
    second.enable("/tmp/lacking.cell")
    with pytest.raises(AssertionError, match="rtc|0x9010000"):
        no_complaints(second)
    second.disable()


def test_nothing_is_reserved(machine_factory):
    """It says which parameter to add; with that one, it works."""
    base = "console=ttyAMA0 panic=-1 kvm-arm.mode=none id_aa64mmfr1.vh=0"
    cloister = boot(machine_factory, base=base)
    code, said = cloister.run(f"{CELLCONF} create -o /tmp/conf", timeout=120)
    assert code == 1
    assert "Linux uses all 2048 MiB of RAM" in said
    assert cloister.run("ls /tmp/conf").code != 0
    limit = next(line.strip() for line in said.splitlines()
                 if line.startswith("\tmem="))
    assert limit == "mem=1536M"
    cloister.machine.poweroff()

    cloister = boot(machine_factory, base=f"{base} {limit}")
    create(cloister)
    cloister.enable("/tmp/conf/system.cell")
    run_cell(cloister)
    cloister.disable()


def reserve(tmp_path, smp):
    """The machine's device tree with two nodes for Cloister."""
    plain, source, out = (tmp_path / n for n in ("plain", "dts", "dtb"))
    subprocess.run(["qemu-system-aarch64", "-cpu", "cortex-a57", "-smp",
                    str(smp), "-m", "2G", "-nodefaults", "-display", "none",
                    "-machine", "virt,gic-version=3,virtualization=on,"
                    f"dumpdtb={plain}"], check=True, capture_output=True)
    text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", plain],
                          check=True, capture_output=True, text=True).stdout
    nodes = "".join(
        f"{name}@{start:x} {{ reg = <0 {start:#x} 0 {size:#x}>; no-map; }};"
        for name, start, size in (("cloister", 0x60000000, 0x800000),
                                  ("cells", 0x64000000, 0x4000000),
                                  ("firmware", 0x70000000, 0x200000)))
    source.write_text(text.replace(
        "\tchosen {", "\treserved-memory { #address-cells = <2>; #size-cells"
        f" = <2>; ranges; {nodes} }};\n\tchosen {{", 1))
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", out, source],
                   check=True)
    return out


def test_reserved_nodes(machine_factory, tmp_path):
    """Memory in the middle of RAM; that of the firmware is left alone."""
    base = "console=ttyAMA0 panic=-1 kvm-arm.mode=none id_aa64mmfr1.vh=0"
    cloister = boot(machine_factory, smp=4, base=base, qemu_args=[
        "-dtb", str(reserve(tmp_path, 4)), *NVME])
    said = create(cloister)
    assert "hypervisor_memory: 0x60000000..0x607fffff (8 MiB)" in said
    assert "for cells:         0x64000000..0x67ffffff (64 MiB)" in said
    config = blobs.Config(cloister.machine.get("/tmp/conf/system.cell"))
    assert [r["phys_start"] for r in config.mem
            if r["flags"] & blobs.ASSIGNABLE] == [0x64000000]
    cloister.enable("/tmp/conf/system.cell")
    no_complaints(cloister)
    run_cell(cloister)
    cloister.disable()


@pytest.mark.long
@pytest.mark.parametrize("smp, model", [(1, "cortex-a57"), (16, "neoverse-n1")])
def test_other_machines(machine_factory, smp, model):
    """Another number of CPUs, an SMMU, no PCI device."""
    cloister = boot(machine_factory, smp=smp, cpu=model,
                    machine="iommu=smmuv3", qemu_args=())
    create(cloister)
    config = blobs.Config(cloister.machine.get("/tmp/conf/system.cell"))
    assert len(config.cpus) == smp
    cloister.enable("/tmp/conf/system.cell")
    no_complaints(cloister)
    if smp > 1:
        run_cell(cloister)
    cloister.disable()


def test_acpi(machine_factory):
    """A machine that UEFI describes by ACPI: with memory named by hand."""
    cloister = boot(machine_factory, append="nokaslr",
                    qemu_args=("-bios", EFI, *NVME))
    cloister.must("test -e /sys/firmware/acpi/tables/APIC")
    code, said = cloister.run(f"{CELLCONF} create -o /tmp/conf", timeout=120)
    assert code == 1 and "--hypervisor-memory" in said
    before = nvme(cloister)
    create(cloister, "--blob --hypervisor-memory 4M@0x78000000"
           " --cell-memory 256M@0x80000000")
    cloister.enable("/tmp/conf/system.cell")
    no_complaints(cloister)
    assert nvme(cloister) == before
    cloister.cpus_work()
    run_cell(cloister)
    cloister.disable()
