# SPDX-License-Identifier: GPL-2.0-only
"""DMA that no IOMMU contains: enable names who can do it."""

import re

import pytest

import cloister as c

DEVICES = ["-device", "virtio-net-pci", "-device", "qemu-xhci",
           "-device", "pcie-root-port,id=port1,chassis=1",
           "-device", "virtio-rng-pci,bus=port1"]


def named(cloister):
    """{device: what is said of it} by the last enable."""
    log = cloister.log()
    last = max(n for n, line in enumerate(log) if " enabled on " in line)
    return dict(re.findall(r"cloister: DMA master (\w+ \S+) \((.*)\)",
                           "\n".join(log[last:])))


@pytest.mark.fault(27)
def test_dma_masters_are_named(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel, enabled=False,
                      machine="iommu=smmuv3", qemu_args=DEVICES)
    cloister.insmod()
    # One of them is a bus master: bit 2 of its command register.
    functions = cloister.must(
        "cd /sys/bus/pci/devices; grep -l '^0x' */class | cut -d/ -f1 | "
        "while read f; do echo $f $(cat $f/class); done")
    xhci, = re.findall(r"(\S+) 0x0c0330", functions)
    cloister.must(f"printf '\\006\\000' | dd of=/sys/bus/pci/devices/{xhci}/"
                  "config bs=1 seek=4 conv=notrunc 2> /dev/null")
    said = cloister.ctl("enable /cloister/qemu-virt-4.cell")
    masters = named(cloister)
    assert "no IOMMU contains DMA; these devices can read and write all " \
        "memory, the hypervisor's and that of cells included:" in "\n".join(
            cloister.log())

    expected = {f"pci {name}" for name, kind in re.findall(
        r"(\S+) (0x\w+)", functions) if not kind.startswith("0x06")}
    assert len(expected) == 3, functions
    assert {name for name in masters if name.startswith("pci ")} == expected
    assert masters[f"pci {xhci}"].endswith(", bus master")
    # Linux drives that SMMU, not the hypervisor: it is one of them.
    assert masters["platform 9050000.smmuv3"] == "arm-smmu-v3"
    assert f"warning: no IOMMU contains DMA: {len(masters)} devices" in said
    assert cloister.json("status")["dma_masters"] == len(masters)
    assert f"DMA masters: {len(masters)} that" in cloister.ctl("status")
    cloister.cpus_work()
    cloister.disable()
    cloister.rmmod()


@pytest.mark.fault(27)
def test_nothing_to_warn_of(machine_factory):
    """A machine without any such device is not warned of."""
    cloister = c.boot(machine_factory, enabled=False)
    cloister.insmod()
    assert cloister.ctl("enable /cloister/qemu-virt-4.cell") == ""
    assert not named(cloister)
    assert cloister.json("status")["dma_masters"] == 0
    cloister.disable()
    cloister.rmmod()
