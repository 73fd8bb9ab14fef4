# SPDX-License-Identifier: GPL-2.0-only
"""Root as an enemy: configs that are none, requests, hypercalls and SMCs with
anything, by a program and by the kernel, on every CPU."""

import re

import pytest

import cloister as c
import faults
import programs

# One line for each refusal: nothing of the log may get lost.
LOG = "log_buf_len=4M"


@pytest.mark.fault(2, 9, 10)
def test_every_length_and_number(machine_factory):
    """Each config cut at every length, and each number of its header and of
    its table of sections replaced, also with a checksum that is right."""
    cloister = c.boot(machine_factory, enabled=False, append=LOG)
    cloister.insmod()
    config = "/cloister/qemu-virt-4.cell"
    before = cloister.leftovers()
    assert re.search(r"cut at \d{3,} lengths",
                     cloister.must(f"requests cut enable {config}",
                                   timeout=120))
    assert re.search(r"bent in \d{3} ways",
                     cloister.must(f"requests bend enable {config}",
                                   timeout=120))
    assert cloister.leftovers() == before
    cloister.cpus_work()

    cloister.enable()
    cloister.launch("/cloister/hello.cell", "hello")
    used = cloister.used()
    for name in ("timer", "smp", "grow"):
        cloister.must(f"requests cut create /cloister/{name}.cell",
                      timeout=120)
        cloister.must(f"requests bend create /cloister/{name}.cell",
                      timeout=120)
    assert cloister.used() == used
    cloister.cpus_work(3)
    cloister.alive("hello")
    cloister.end("hello")
    cloister.disable()
    cloister.rmmod()


def random_requests(machine_factory, count, kernel=None):
    cloister = c.boot(machine_factory, kernel, enabled=False, append=LOG)
    cloister.insmod()
    seed = faults.seed()
    run = f"requests random {seed:#x} {count}"
    cloister.must("requests fields")
    # Nothing is enabled yet, and nothing is by that.
    cloister.must(f"{run} || {{ echo seed {seed:#x}; exit 1; }}", timeout=200)
    assert cloister.json("status")["enabled"] is False
    cloister.enable()
    cloister.launch("/cloister/hello.cell", "hello")
    used = cloister.used()
    cloister.must(f"{run} || {{ echo seed {seed:#x}; exit 1; }}", timeout=200)
    # From several CPUs at once
    cloister.must(
        f"taskset 1 {run} > /tmp/0 & taskset 4 {run} > /tmp/2 & "
        f"taskset 8 {run} > /tmp/3 & "
        "for job in 1 2 3; do wait %$job || { cat /tmp/0 /tmp/2 /tmp/3; "
        f"echo seed {seed:#x}; exit 1; }}; done", timeout=400)
    assert cloister.used() == used
    cloister.cpus_work(3)
    cloister.alive("hello")
    cloister.end("hello")
    cloister.disable()
    cloister.rmmod()


@pytest.mark.fault(25)
def test_random_requests(machine_factory):
    random_requests(machine_factory, 5000)


def hostile(cloister, options, cpu=0, count=0):
    """Load the hostile module on a CPU; it must not have got anything."""
    code, output = cloister.run(
        f"taskset {1 << cpu:x} insmod /cloister/hostile.ko {options} && "
        "rmmod hostile", timeout=120 + count / 1000)
    log = [line for line in cloister.machine.dmesg().splitlines()
           if "hostile: " in line]
    assert code == 0, f"{options}: {output}\n" + "\n".join(log)
    result = re.search(r"hostile: (\d+) refused, (\d+) granted", log[-1])
    assert result and int(result[2]) == 0 < int(result[1]), \
        f"{options}:\n" + "\n".join(log)


def hostile_kernel(machine_factory, kernel, count):
    cloister = c.boot(machine_factory, kernel, append=LOG,
                      files=programs.module("hostile", kernel))
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "count 1")
    used = cloister.used()
    # timer.cell's CPU is root's
    hostile(cloister, f"seed={faults.seed()} config=/cloister/timer.cell")
    assert cloister.used() == used
    for cpu in (0, 2, 3):
        hostile(cloister, f"seed={faults.seed()} count={count}", cpu, count)
        cloister.cpus_work(3)
        cloister.alive("hello")
    assert cloister.used() == used
    cloister.ctl("audit")
    cloister.end("hello")
    # Without cells, too, and beside one that is created and destroyed
    cloister.launch("/cloister/smp.cell", "smp")
    cloister.end("smp")
    cloister.cpus_work(4)
    cloister.disable()
    cloister.rmmod()


@pytest.mark.fault(9, 10, 25)
def test_hostile_kernel(machine_factory, kernel):
    hostile_kernel(machine_factory, kernel, 30000)


@pytest.mark.long
@pytest.mark.fault(9, 10, 25)
def test_hostile_kernel_long(machine_factory, kernel):
    hostile_kernel(machine_factory, kernel, 1000000)


@pytest.mark.long
@pytest.mark.fault(25)
def test_random_requests_long(machine_factory, kernel):
    random_requests(machine_factory, 300000, kernel)
