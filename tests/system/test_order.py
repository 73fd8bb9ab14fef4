# SPDX-License-Identifier: GPL-2.0-only
"""Requests in the wrong order, at the wrong time, of the wrong object: an
error with words, and nothing has changed."""

import re

import pytest

import cloister as c
from cloister import SYSFS


@pytest.mark.fault(16)
def test_before_enable(machine_factory):
    cloister = c.boot(machine_factory, enabled=False)
    code, output = cloister.run("cellctl enable /cloister/qemu-virt.cell")
    assert code == 3 and "is cloister.ko loaded?" in output
    cloister.insmod()
    for command in ("create /cloister/hello.cell", "start hello", "list",
                    "load hello /cloister/hello.bin", "shutdown hello",
                    "destroy hello", "disable", "stats", "show 0",
                    "console hello", "console --hypervisor"):
        cloister.refused(command, "NOT_ENABLED", "ENODEV")
    assert cloister.run(f"cat {SYSFS}/mem_pool_used").code != 0
    # Not for everybody
    cloister.must("adduser -D -H nobody2 2> /dev/null || "
                  "echo 'nobody2:x:99:99::/:/bin/sh' >> /etc/passwd")
    code, output = cloister.run("su nobody2 -c 'cellctl status'")
    assert code == 3 and "only root may use it" in output, output
    code, output = cloister.run("cellctl enable /cloister/no-such.cell")
    assert code == 3 and "No such file" in output
    cloister.rmmod()


@pytest.mark.fault(16, 17)
def test_twice_and_too_early(machine_factory):
    cloister = c.boot(machine_factory)
    cloister.refused("enable /cloister/qemu-virt.cell", "ALREADY_ENABLED")
    code, output = cloister.run("rmmod cloister")
    assert code != 0 and re.search("busy|in use|unavailable", output), output
    assert cloister.json("status")["enabled"] is True

    for command in ("start hello", "shutdown hello", "destroy hello",
                    "load hello /cloister/hello.bin", "show hello",
                    "console hello", "show 7", "destroy 7"):
        assert "there is no cell" in cloister.refused(
            command, "CELL_UNKNOWN", "ENOENT")
    for command in ("start 0", "shutdown root", "destroy root",
                    "destroy 0 --force", "load root /cloister/hello.bin"):
        cloister.refused(command, "CELL_ROOT", "EINVAL")
    cloister.refused("stats --cpu 4", "CPU_UNKNOWN")

    cloister.create("/cloister/hello.cell")
    cloister.refused("create /cloister/hello.cell", "CELL_NAME_TAKEN",
                     "EEXIST")
    cloister.refused("disable", "CELLS_EXIST", "EBUSY")
    cloister.refused("start hello", "CELL_NOT_LOADED", "EINVAL")
    cloister.refused("shutdown hello", "CELL_STATE", "EBUSY")
    cloister.put("/tmp/image", bytes(8192))
    for address in ("0x100000", "0xff000", "0x80000000", "0x7fffffffffffffff",
                    "0xffffffffffffffff"):
        cloister.refused(f"load hello /tmp/image -a {address}",
                         "CELL_LOAD_RANGE", "ERANGE")
    cloister.refused("start hello", "CELL_NOT_LOADED", "EINVAL")
    check_running(cloister)


def check_running(cloister):
    cloister.ctl("load hello /cloister/hello.bin /tmp/image -a 0xfe000")
    cloister.ctl("start hello")
    cloister.wait_console("hello", "count 1")
    for command in ("start hello", "load hello /cloister/hello.bin"):
        output = cloister.refused(command, "CELL_STATE", "EBUSY")
        assert "not possible while cell 1 (hello) is running" in output
    cloister.refused("disable", "CELLS_EXIST", "EBUSY")
    assert cloister.run("rmmod cloister").code != 0
    code, _ = cloister.run("echo 1 > /sys/devices/system/cpu/cpu1/online")
    assert code != 0, "Linux could take a CPU that belongs to a cell"
    cloister.alive("hello")

    cloister.ctl("shutdown hello")
    cloister.ctl("shutdown hello")      # it has: that is what was asked for
    cloister.refused("disable", "CELLS_EXIST", "EBUSY")
    # Loaded anew while it is stopped
    cloister.ctl("load hello /cloister/timer.bin")
    cloister.ctl("start hello")
    cloister.wait_console("hello", "timer: period")
    cloister.ctl("destroy hello")
    cloister.refused("destroy hello", "CELL_UNKNOWN", "ENOENT")
    # What the last one of that name was loaded with is not the next one's.
    cloister.create("/cloister/hello.cell")
    cloister.refused("start hello", "CELL_NOT_LOADED", "EINVAL")
    cloister.ctl("destroy hello")
    cloister.cpus_work()
    cloister.disable()
    cloister.refused("disable", "NOT_ENABLED", "ENODEV")
    cloister.rmmod()


def test_usage(machine_factory):
    """Wrong command lines: exit code 2, and where help is."""
    cloister = c.boot(machine_factory)
    for command in ("", "no-such-command", "create", "create a b",
                    "start", "load hello", "shutdown x --timeout 0",
                    "shutdown x --timeout abc", "destroy --no-such-option x",
                    "stats --cpu 64", "console", "list x", "start ''",
                    f"start {'x' * 32}"):
        code, output = cloister.run(f"cellctl {command}")
        assert code == 2 and "--help" in output, (command, code, output)
    assert "Usage" in cloister.ctl("--help") or \
        "usage" in cloister.ctl("--help")
    cloister.disable()
