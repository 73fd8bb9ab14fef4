# SPDX-License-Identifier: GPL-2.0-only
"""The main job from end to end, on every kernel."""

import re

import pytest

import cloister as c
from cloister import SYSFS


def check_hello(cloister):
    """One CPU; restart gives a guest as fresh as the first."""
    cloister.create("/cloister/hello.cell")
    assert cloister.state("hello") == "created"
    assert cloister.online() == "0,2-3"
    cloister.refused("start hello", "CELL_NOT_LOADED", "EINVAL")
    cloister.ctl("load hello /cloister/hello.bin")
    cloister.ctl("start hello")
    first = cloister.wait_console("hello", "count 1")
    assert re.search(r"greetings from EL1, MPIDR 0x1,", first)
    assert re.search(r"cell 1, CPU 1, ABI version 1", first)
    assert re.search(r"PSCI version 0x1000[1-9]", first)
    assert cloister.state("hello") == "running"

    cloister.ctl("shutdown hello")
    assert cloister.state("hello") == "shut-down"
    assert "shutdown request approved, good bye" in cloister.console("hello")
    assert cloister.online() == "0,2-3"

    # Nobody loads the image again: the driver does, from its copy.
    cloister.ctl("start hello")
    cloister.wait_for(
        "[ $(cellctl console hello | grep -c 'count 1$') = 2 ]",
        "the second life of hello", show="cellctl console hello")
    again = cloister.console("hello")[len(first):]
    assert "greetings from EL1" in again
    assert cloister.state("hello") == "running"
    # A cell that runs can be destroyed, too.
    cloister.ctl("destroy hello")
    assert cloister.names() == ["root"]


def check_two_at_once(cloister):
    """A cell with a timer and one with two CPUs, side by side."""
    cloister.launch("/cloister/timer-cpu1.cell", "timer", "timer")
    cloister.launch("/cloister/smp.cell", "smp")
    assert cloister.online() == "0"
    smp = cloister.wait_console("smp", "smp: 2 CPUs, .* ok", timeout=60)
    assert "smp: CPU 1 started, MPIDR 0x3" in smp
    assert re.search(r"1000 round trips of 2 CPUs", smp)
    assert re.search(r"CPU 1 off after \d+ us, on again", smp)

    timer = cloister.wait_console("timer", "timer: 1 s: ")
    samples = int(re.search(r"1 s: (\d+) samples", timer).group(1))
    assert 10 <= samples <= 110, timer

    cells = {cell["name"]: cell for cell in cloister.json("list")}
    assert {name: (cell["state"], cell["cpus"])
            for name, cell in cells.items()} == {
        "root": ("running", [0]), "timer": ("running", [1]),
        "smp": ("running", [2, 3])}
    assert all(cell["violations"] == 0 for cell in cells.values())
    info = cloister.info("smp")
    assert info["faults"]["outcomes"]["no-region"] == 0
    assert info == cells["smp"] | {
        "console_end": info["console_end"], "faults": info["faults"]}

    check_outputs(cloister, cells)
    cloister.alive("timer")
    cloister.end("smp")
    assert cloister.online() == "0,2-3"
    cloister.alive("timer")
    cloister.end("timer")


def check_outputs(cloister, cells):
    """Text, JSON and sysfs tell the same."""
    status = cloister.json("status")
    assert status["enabled"] is True and status["cells"] == 3
    assert status["cpus"] == 4
    text = cloister.ctl("status")
    assert re.search(r"cells: +3\n", text), text
    listing = cloister.ctl("list").splitlines()
    assert re.match(r" *\d+ +smp +running +0 +2-3$", listing[-1]), listing
    shown = cloister.ctl("show smp")
    assert re.search(r"^state: +running$", shown, re.M), shown
    assert re.search(r"^CPUs: +2-3$", shown, re.M), shown

    number = cells["smp"]["id"]
    folder = f"cells/{number}"
    assert cloister.sysfs(f"{folder}/name") == "smp"
    assert cloister.sysfs(f"{folder}/state") == "running"
    assert cloister.sysfs(f"{folder}/cpus_assigned_list") == "2-3"
    assert cloister.sysfs(f"{folder}/violations") == "0"
    assert int(cloister.sysfs("mem_pool_size")) == status["pool_pages"]
    assert cloister.sysfs("enabled") == "1"
    assert cloister.sysfs("cpus/2/cell") == str(number)

    # Each SGI of the ring was an exit, and the sum is the sum.
    for cpu in cloister.json("stats smp"):
        exits = cpu["exits"]
        assert cpu["cell"] == number
        assert exits["sgi"] >= 2000 and exits["irq"] >= 2000, exits
        assert exits["total"] == sum(
            value for name, value in exits.items() if name != "total"), exits
    assert re.search(r"^sgi +\d+ +\d+$", cloister.ctl("stats smp"), re.M)
    console = cloister.json("console smp")
    assert console["text"].startswith("smp: ")


def test_lifecycle(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel, enabled=False)
    assert cloister.run("cellctl status").code == 3     # no device yet
    cloister.insmod()
    assert cloister.json("status") == {"enabled": False, "abi_version": 1}
    assert cloister.sysfs("enabled") == "0"
    assert cloister.must("stat -c %a /dev/cloister") == "600"
    before = cloister.leftovers()

    cloister.enable()
    cloister.cpus_work(4)
    enabled = cloister.used()
    check_hello(cloister)
    cloister.cpus_work(4)
    check_two_at_once(cloister)
    assert cloister.online() == "0-3"
    cloister.cpus_work(4)
    assert cloister.used() == enabled

    cloister.disable()
    assert cloister.leftovers() == before
    cloister.cpus_work(4)
    cloister.rmmod()
    assert cloister.run(f"ls {SYSFS} /dev/cloister").code != 0

    # And all of it once more, as if nothing had been.
    cloister.insmod()
    cloister.enable()
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "count 1")
    cloister.end("hello")
    cloister.disable()
    cloister.rmmod()
    cloister.cpus_work(4)
    # The machine's end checks that the kernel has not complained.


@pytest.mark.fault(29)
def test_linux_may_offline_cpus_itself(machine_factory):
    """CPU hotplug by hand while the hypervisor is below."""
    cloister = c.boot(machine_factory)
    cpu2 = "/sys/devices/system/cpu/cpu2/online"
    for _ in range(3):
        cloister.must(f"echo 0 > {cpu2}")
        assert cloister.online() == "0-1,3"
        cloister.must(f"echo 1 > {cpu2}")
    cloister.cpus_work(4)

    # One that is offline already goes to a cell, and is offline afterwards.
    cloister.must(f"echo 0 > {cpu2}")
    cloister.launch("/cloister/smp.cell", "smp")
    cloister.wait_console("smp", "smp: 2 CPUs, .* ok", timeout=60)
    assert cloister.run(f"echo 1 > {cpu2}").code != 0
    assert all(cpu["exits"]["total"] for cpu in cloister.json("stats smp"))
    cloister.end("smp")
    assert cloister.online() == "0-1,3"
    # What it counted there is not the next one's, nor is what Linux did.
    cloister.create("/cloister/smp.cell")
    assert [(cpu["cpu"], cpu["exits"]["total"])
            for cpu in cloister.json("stats smp")] == [(2, 0), (3, 0)]
    cloister.ctl("destroy smp")
    assert cloister.online() == "0-1,3"
    cloister.must(f"echo 1 > {cpu2}")
    cloister.cpus_work(4)
    cloister.disable()
    cloister.rmmod()
