# SPDX-License-Identifier: GPL-2.0-only
"""The driver refuses early what cannot work, names the remedy, and Linux
goes on unharmed."""

import re
import struct

import pytest

import blobs
import cloister as c
import programs
from payload import BUILD

FULL = ("console=ttyAMA0 panic=-1 kvm-arm.mode=none id_aa64mmfr1.vh=0 "
        "mem=768M iomem=relaxed")
CONFIG = "/cloister/qemu-virt-4.cell"

# What each refusal answers: no two alike, so that a script can tell them
# apart. cellctl's words are those of the rule.
ERRNOS = {
    "CPU_EL": 95, "CPU_STUB": 16, "HV_MEM_BUSY": 98, "CPU_COUNT": 19,
    "CPU_MPIDR": 6, "IMAGE_MISSING": 2, "IMAGE_MAGIC": 8, "ABI_VERSION": 71,
    "MEM_ROOT_RAM_MISSING": 34, "BLOB_MAGIC": 22,
}


def refused(cloister, rule, remedy, config=CONFIG):
    """Enable is refused, once in the kernel's log, with what helps."""
    before = len([x for x in cloister.log() if "refused" in x])
    state = cloister.leftovers()
    cloister.refused(f"enable {config}", rule)
    lines = [x for x in cloister.log() if "refused" in x][before:]
    assert len(lines) == 1, lines
    assert re.match(rf"cloister: enable refused \(error {ERRNOS[rule]}\): ",
                    lines[0]), lines[0]
    assert re.search(remedy, lines[0]), lines[0]
    assert cloister.json("status")["enabled"] is False
    assert cloister.leftovers() == state


def unharmed(cloister):
    """Linux works, and the module holds nothing: it can go."""
    cloister.cpus_work()
    cloister.rmmod()


def test_errnos_are_distinct():
    assert len(set(ERRNOS.values())) == len(ERRNOS)


def test_kernel_at_el2(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel, enabled=False, cpu="cortex-a76",
                      base=FULL.replace("id_aa64mmfr1.vh=0 ", ""))
    cloister.insmod()
    refused(cloister, "CPU_EL", "id_aa64mmfr1.vh=0")
    unharmed(cloister)


def test_kvm_at_el2(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel, enabled=False,
                      base=FULL.replace("kvm-arm.mode=none ", ""))
    cloister.insmod()
    refused(cloister, "CPU_STUB", "kvm-arm.mode=none")
    unharmed(cloister)


def test_protected_kvm_at_el2(machine_factory):
    cloister = c.boot(
        machine_factory, "6.12", enabled=False,
        base=FULL.replace("mode=none", "mode=protected"))
    cloister.insmod()
    # Where protected mode is not possible, KVM itself falls back.
    refused(cloister, "CPU_STUB", "kvm-arm.mode=none")
    unharmed(cloister)


def test_no_el2_at_all(machine_factory):
    """As a guest of another hypervisor: QEMU without EL2."""
    cloister = c.boot(machine_factory, enabled=False,
                      machine="virtualization=off")
    cloister.insmod()
    output = cloister.refused(f"enable {CONFIG}", "CPU_NO_EL2")
    assert "no EL2" in output
    line = [x for x in cloister.log() if "refused" in x][-1]
    assert "the firmware must start Linux at EL2" in line
    unharmed(cloister)


@pytest.mark.fault(4)
def test_memory_not_reserved(machine_factory):
    """Without mem= the hypervisor's memory is Linux's."""
    cloister = c.boot(machine_factory, enabled=False,
                      base=FULL.replace("mem=768M ", ""))
    cloister.insmod()
    refused(cloister, "HV_MEM_BUSY", r"reserve it \(mem= or a no-map node\)")
    unharmed(cloister)


@pytest.mark.fault(6)
def test_gicv2(machine_factory):
    cloister = c.boot(machine_factory, enabled=False, gic=2)
    cloister.insmod()
    cloister.refused(f"enable {CONFIG}", "GIC_VERSION|GIC_GICD|GIC_SRE")
    unharmed(cloister)


def test_memory_in_use_by_a_driver(machine_factory):
    """Linux has no RAM there, but somebody has claimed the addresses."""
    files = programs.module("claim", machine_factory.default_kernel)
    cloister = c.boot(machine_factory, enabled=False, files=files)
    cloister.must("insmod /cloister/claim.ko start=0x70200000 size=4096")
    cloister.insmod()
    refused(cloister, "HV_MEM_BUSY", "in use")
    cloister.must("rmmod claim")
    cloister.enable()
    # And the other way round: what is ours nobody else gets.
    assert cloister.run("insmod /cloister/claim.ko start=0x70200000 "
                        "size=4096").code != 0
    cloister.disable()
    cloister.must("insmod /cloister/claim.ko start=0x70200000 size=4096")


@pytest.mark.fault(8)
def test_wrong_cpus(machine_factory):
    cloister = c.boot(machine_factory, enabled=False)
    cloister.insmod()
    remedy = "correct the config, or bring all CPUs online first"
    refused(cloister, "CPU_MPIDR", "MPIDR 0x2 is not in the system config",
            "/cloister/qemu-virt-2.cell")
    refused(cloister, "CPU_COUNT", f"8 CPUs, the machine has 4.*{remedy}",
            "/cloister/qemu-virt-8.cell")
    cloister.must("echo 0 > /sys/devices/system/cpu/cpu3/online")
    refused(cloister, "CPU_COUNT", f"4 CPUs, the machine has 3.*{remedy}")
    # A config without it does not help: it could come online at any time.
    config = blobs.load("qemu-virt-4")
    config.cpus = [0, 1, 2]
    cloister.put("/tmp/three.cell", config.encode())
    refused(cloister, "CPU_COUNT", remedy, "/tmp/three.cell")
    cloister.must("echo 1 > /sys/devices/system/cpu/cpu3/online")
    cloister.enable()
    cloister.cpus_work()
    cloister.disable()
    unharmed(cloister)


def damaged_images():
    """{name: (bytes, rule, remedy)}"""
    image = (BUILD / "hypervisor/cloister.bin").read_bytes()
    offsets = {"abi_version": 4, "file_size": 16, "mem_size": 24,
               "percpu_size": 32, "min_pool": 40, "params_offset": 48,
               "log_offset": 56, "log_size": 64}

    def header(**fields):
        data = bytearray(image)
        for name, value in fields.items():
            fmt = "<I" if name == "abi_version" else "<Q"
            struct.pack_into(fmt, data, offsets[name], value)
        return bytes(data)

    install = "install the one that belongs to this driver"
    magic = ("IMAGE_MAGIC", install)
    return {
        "ABI version": (header(abi_version=99), "ABI_VERSION",
                        "ABI version 99, the driver has 1; install both from "
                        "the same release"),
        "not an image": (b"#!/bin/sh\n" * 100, *magic),
        "shorter than a header": (image[:64], *magic),
        "truncated": (image[:len(image) // 2], *magic),
        "with something behind": (image + bytes(8), *magic),
        "mem_size": (header(mem_size=4096), *magic),
        "mem_size not aligned": (header(mem_size=len(image) + 1), *magic),
        "params_offset": (header(params_offset=1 << 40), *magic),
        "params_offset not aligned": (header(params_offset=4097), *magic),
        "log_offset": (header(log_offset=2**64 - 8), *magic),
        "log_size": (header(log_size=2**64 - 1), *magic),
        "percpu_size": (header(percpu_size=2**63), *magic),
        "min_pool": (header(min_pool=2**64 - 1), *magic),
    }


def test_wrong_image(machine_factory, tmp_path):
    images = damaged_images()
    files = {}
    for number, (data, _, _) in enumerate(images.values()):
        (tmp_path / str(number)).write_bytes(data)
        files[f"images/{number}"] = tmp_path / str(number)
    cloister = c.boot(machine_factory, enabled=False, files=files)
    cloister.insmod()
    cloister.must("mv /lib/firmware/cloister.bin /tmp/good.bin")
    refused(cloister, "IMAGE_MISSING", "install it in /lib/firmware")
    for number, (_, rule, remedy) in enumerate(images.values()):
        cloister.must(f"cp /images/{number} /lib/firmware/cloister.bin")
        refused(cloister, rule, remedy)
    # It may need more memory than there is.
    cloister.must("cp /tmp/good.bin /lib/firmware/cloister.bin")
    config = blobs.load("qemu-virt-4")
    config.system["hypervisor_memory"]["size"] = 0x200000
    cloister.put("/tmp/small.cell", config.encode())
    code, output = cloister.run("cellctl enable /tmp/small.cell")
    if code:
        assert "HV_MEM_SMALL" in output
    else:   # it fits: that is fine, too
        cloister.disable()
    cloister.enable()
    cloister.cpus_work()
    cloister.disable()
    unharmed(cloister)


def test_console_is_optional(machine_factory):
    """No debug console, and a virtual one that only cells may have."""
    cloister = c.boot(machine_factory, enabled=False)
    cloister.insmod()
    config = blobs.load("qemu-virt-4")
    config.system["debug_console"] = {"address": 0, "type": 0}
    cloister.put("/tmp/quiet.cell", config.encode())
    cloister.enable("/tmp/quiet.cell")
    assert "cells" in cloister.ctl("status")
    assert cloister.ctl("console --hypervisor") != ""
    cloister.disable()
    config.system["debug_console"] = {"address": 0, "type": 2}
    cloister.put("/tmp/virtual.cell", config.encode())
    cloister.refused("enable /tmp/virtual.cell", "CONSOLE_TYPE")
    unharmed(cloister)
