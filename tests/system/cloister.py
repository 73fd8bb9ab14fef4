# SPDX-License-Identifier: GPL-2.0-only
"""Cloister in a machine: what tests do with it, and what must hold."""

import json
import re
import shlex

import pytest

import payload
import programs
from machine import SCALE, MachineError

SYSFS = "/sys/devices/platform/cloister"
DRIVER = "/cloister/cloister.ko"


def boot(machine_factory, kernel=None, *, enabled=True, files=None,
         **options):
    """Boot a machine with everything in it; returns its Cloister."""
    machine = machine_factory(
        kernel, cloister=True, files={**programs.programs(), **(files or {})},
        **options)
    cloister = Cloister(machine)
    if enabled:
        cloister.insmod()
        cloister.enable()
    return cloister


def other_kernel(kernel, number):
    """One of another version, number 1 or 2, that the driver was built for."""
    names = payload.KERNELS
    other = names[(names.index(kernel) + number) % len(names)]
    if not payload.is_cached(other) or payload.missing(other):
        pytest.skip(f"there is no driver for kernel {other}")
    return other


class Cloister:
    """What a user of cellctl does, and checks on the machine."""

    def __init__(self, machine):
        self.machine = machine
        self.must, self.run, self.put = machine.must, machine.run, machine.put

    # The hypervisor

    def insmod(self):
        self.must(f"insmod {DRIVER}")

    def rmmod(self):
        self.must("rmmod cloister")

    def enable(self, config=None):
        """By default with the config for the machine's GIC and CPUs."""
        gic = "gicv2-" if self.machine.gic == 2 else ""
        config = config or f"/cloister/qemu-virt-{gic}{self.machine.smp}.cell"
        self.ctl(f"enable {config}")

    def disable(self):
        self.ctl("disable")

    def ctl(self, command, timeout=30):
        """cellctl, which must succeed; returns what it printed."""
        return self.must(f"cellctl {command}", timeout)

    def json(self, command):
        return json.loads(self.ctl(f"{command} --json"))

    def refused(self, command, rule, errno=None, timeout=30):
        """cellctl must fail for this reason; returns its words."""
        code, output = self.run(f"cellctl {command}", timeout)
        pattern = (rf"\(rule \d+ (?:{rule}), "
                   rf"(?:{errno or 'E[A-Z0-9]+|error [0-9]+'})\)")
        if code != 1 or not re.search(pattern, output):
            raise MachineError(
                f"`cellctl {command}` should be refused by {rule} "
                f"({errno or 'any errno'}), but ended with exit code {code} "
                f"and said: {output}")
        return output

    def sysfs(self, path):
        return self.must(f"cat {SYSFS}/{path}")

    # Cells

    def create(self, config, timeout=30):
        """Create a cell from a file's name, or from a blobs.Config."""
        if not isinstance(config, str):
            path = f"/tmp/{config.name}.cell"
            self.put(path, config.encode())
            config = path
        return int(self.ctl(f"create {config}", timeout))

    def launch(self, config, image, name=None, timeout=30):
        """Create, load and start a cell; returns its name."""
        self.create(config, timeout)
        name = name or (config.name if not isinstance(config, str) else
                        config.rpartition("/")[2].partition(".")[0])
        self.ctl(f"load {name} /cloister/{image}.bin", timeout)
        self.ctl(f"start {name}", timeout)
        return name

    def info(self, cell):
        return self.json(f"show {cell}")

    def state(self, cell):
        return self.info(cell)["state"]

    def names(self):
        return [cell["name"] for cell in self.json("list")]

    def console(self, cell):
        return self.ctl(f"console {cell}")

    def wait_console(self, cell, pattern, timeout=30):
        """Until a line of the console matches an extended regular
        expression; returns all of the console."""
        self.wait_for(f"cellctl console {cell} | grep -qE "
                      f"{shlex.quote(pattern)}",
                      f"a line that matches /{pattern}/ from cell {cell}",
                      timeout, show=f"cellctl console {cell}")
        return self.console(cell)

    def wait_state(self, cell, state, timeout=30):
        self.wait_for(f"cellctl show {cell} | grep -qx 'state: *{state}'",
                      f"cell {cell} in state {state}", timeout,
                      show=f"cellctl show {cell}; cellctl console {cell}")

    def wait_for(self, condition, what, timeout=30, show="true"):
        """Until a shell command succeeds."""
        loop = f"until {condition}; do usleep 20000; done"
        code, _ = self.run(f"timeout {int(timeout * SCALE)} "
                           f"sh -c {shlex.quote(loop)}", timeout + 10)
        if code:
            raise MachineError(f"no sign of {what} within {timeout} s:\n" +
                               self.run(show).output)

    def alive(self, cell):
        """A cell runs on: what it prints without being asked goes on."""
        before = self.info(cell)
        if before["state"] != "running":
            raise MachineError(f"cell {cell} should be running: {before}")
        self.wait_for(
            f"[ $(cat {SYSFS}/cells/{before['id']}/console_end) -gt "
            f"{before['console_end']} ]", f"more output of cell {cell}")

    def end(self, cell):
        self.ctl(f"shutdown {cell}")
        self.ctl(f"destroy {cell}")

    # Linux

    def cpus_work(self, count=None):
        """Each CPU of Linux runs processes, has timers and gets IPIs."""
        self.must(f"cpus {count or self.machine.smp}", timeout=60)

    def online(self):
        return self.must("cat /sys/devices/system/cpu/online")

    def log(self):
        """The driver's lines in the kernel's log, without time stamps."""
        return [re.sub(r"^\[ *[\d.]+\] ", "", line)
                for line in self.machine.dmesg().splitlines()
                if "cloister: " in line]

    def used(self):
        """What an operation that is undone must give back."""
        return {
            "frames": self.sysfs("mem_pool_used"),
            "references": self.must("cat /sys/module/cloister/refcnt"),
            "cells": self.names(),
            "online": self.online(),
            "leftovers": self.leftovers(),
        }

    def leftovers(self):
        """What the driver holds of Linux, and what Linux knows of memory."""
        return self.must(
            "sed -n 's/^[^ ]* *//; /cloister/p' /proc/vmallocinfo | sort; "
            "cat /proc/iomem; ls /tmp/no-such-file /sys/kernel/debug/cloister "
            "2> /dev/null; ls /dev | grep cloister; "
            f"ls {SYSFS}/cells {SYSFS}/cpus 2> /dev/null; true")
