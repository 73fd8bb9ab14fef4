# SPDX-License-Identifier: GPL-2.0-only
"""The end of Linux while cells run: reboot, power-off, panic, suspend."""

import pytest

import blobs
import cloister as c


def with_cells(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel)
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.launch("/cloister/timer.cell", "timer")
    cloister.wait_console("hello", "count 1")
    cloister.wait_console("timer", "period")
    return cloister


# QEMU ends on a reset, too (-no-reboot): either way it is the machine's end.
@pytest.mark.fault(28)
@pytest.mark.parametrize("command", ["reboot -f", "poweroff -f"])
def test_reboot(machine_factory, kernel, command):
    cloister = with_cells(machine_factory, kernel)
    cloister.must("dmesg -n 7")
    text = cloister.machine.end_by(command)
    for line in ('cell 1 "hello" destroyed', 'cell 2 "timer" destroyed',
                 "cloister: disabled"):
        assert line in text, text


@pytest.mark.fault(28)
def test_reboot_with_a_guest_that_spins(machine_factory):
    cloister = c.boot(machine_factory)
    config = blobs.cell("fault", args=[6])
    cloister.launch(config, "fault")
    cloister.wait_console("fault", "spinning")
    cloister.must("dmesg -n 7")
    text = cloister.machine.end_by("reboot -f")
    assert "cloister: disabled" in text, text


@pytest.mark.fault(28)
def test_panic(machine_factory, kernel):
    """The kernel reboots after it (panic=-1), cells or not; what EL2 was is
    said."""
    cloister = with_cells(machine_factory, kernel)
    text = cloister.machine.end_by("echo c > /proc/sysrq-trigger",
                                   dies=True)
    assert "sysrq triggered crash" in text
    assert "EL2 is the hypervisor's" in text and "CPUs of cells: 1,3" in text
    assert 'cell 1 "hello", started' in text


@pytest.mark.fault(29)
def test_suspend(machine_factory, kernel):
    """Refused with a word in the log, while the hypervisor is enabled."""
    cloister = with_cells(machine_factory, kernel)
    assert "freeze" in cloister.must("cat /sys/power/state")
    code, _ = cloister.run("echo freeze > /sys/power/state")
    assert code != 0
    assert ("cloister: suspend and hibernation are refused while the "
            "hypervisor is enabled") in cloister.log()
    cloister.cpus_work(2)
    cloister.alive("timer")
    cloister.end("hello")
    cloister.end("timer")
    assert cloister.run("echo freeze > /sys/power/state").code != 0
    cloister.disable()
    # From now on it is Linux's own matter; this comes back by itself.
    # Linux waits in a loop with RCU waiting, too: not for 5 seconds, which
    # become many on a busy host.
    cloister.must("echo 1 > /sys/module/suspend/parameters/pm_test_delay")
    cloister.must("echo devices > /sys/power/pm_test")
    cloister.must("echo freeze > /sys/power/state", timeout=60)
    cloister.enable()
    cloister.cpus_work(4)
    cloister.disable()
