# SPDX-License-Identifier: GPL-2.0-only
"""What Linux does to itself while cells run: it panics, starts another kernel,
takes CPUs off and on; and users who ask for anything in any order."""

import random
import re

import pytest

import blobs
import cloister as c
import faults
from blobs import CELLS, MIB
from memory import NOISE, free_memory


@pytest.mark.fault(28)
def test_kexec(machine_factory, kernel):
    """The next kernel is entered at EL2, as if no hypervisor had been."""
    cloister = c.boot(machine_factory, kernel)
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.launch("/cloister/timer.cell", "timer")
    cloister.wait_console("timer", "timer: 1 s")
    cloister.must("dmesg -n 7")
    text = cloister.machine.end_by("ktiny")
    for line in ('cell 1 "hello" destroyed', 'cell 2 "timer" destroyed',
                 "cloister: disabled", "tiny kernel at EL2"):
        assert line in text, text


@pytest.mark.fault(28)
def test_cells_outlive_a_panic(machine_factory):
    """Until the kernel reboots, which it does some seconds later."""
    cloister = c.boot(machine_factory, append="panic=3")
    cloister.launch("/cloister/hello-uart.cell", "hello", "hello-uart")
    cloister.machine.spawn("cat")
    cloister.machine.expect(r"count \d+")
    text = cloister.machine.end_by("\x03\necho c > /proc/sysrq-trigger",
                                   timeout=60, dies=True)
    before, _, after = text.partition("Kernel panic - not syncing")
    assert after, text
    # It prints beside a kernel that does so, too: not each line is whole.
    assert len(re.findall(r"count", after)) >= 2, text


STORM = """
storm() {
  while [ ! -e /tmp/stop ]; do
    echo 0 > /sys/devices/system/cpu/cpu$1/online
    echo 1 > /sys/devices/system/cpu/cpu$1/online
  done
}
rm -f /tmp/stop
for cpu in $1; do storm $cpu 2> /dev/null & done
for i in $(seq $2); do
  for cell in one two; do
    for command in "create /tmp/$cell.cell" "load $cell /cloister/hello.bin" \\
        "start $cell" "shutdown $cell" "destroy $cell"; do
      cellctl $command > /tmp/said 2>&1
      code=$?
      echo "$code $command: $(cat /tmp/said)"
    done
  done
done
for cell in one two; do cellctl destroy $cell > /dev/null 2>&1; done
touch /tmp/stop
wait
"""


def storm(machine_factory, kernel, rounds):
    """CPUs of root, and those that cells want, go off and on all the time."""
    cloister = c.boot(machine_factory, kernel)
    cloister.launch("/cloister/hello.cell", "hello")
    used = cloister.used()
    for name, cpus in (("one", [2]), ("two", [3, 2])):
        config = blobs.cell(name, cpus=cpus,
                            ram=CELLS + (16 + cpus[0]) * MIB)
        cloister.put(f"/tmp/{name}.cell", config.encode())
    cloister.put("/tmp/storm.sh", STORM)
    said = cloister.must(f"sh /tmp/storm.sh '2 3' {rounds}",
                         timeout=60 + 10 * rounds)
    # Each is done, or refused for what the storm did, and then what follows
    # it has no object.
    wrong = [line for line in said.splitlines() if not re.match(
        r"0 |1 create .*CPU_(LAST|NOT_OFF|HOTPLUG)|"
        r"1 .*(CELL_UNKNOWN|CELL_NOT_LOADED|CELL_STATE)", line)]
    assert not wrong, "\n".join(wrong)
    assert re.search("^0 destroy", said, re.M), said
    # A CPU may have stayed off: the storm and a cell's end met.
    cloister.must("for cpu in 2 3; do "
                  "echo 1 > /sys/devices/system/cpu/cpu$cpu/online; done")
    assert cloister.used() == used
    cloister.cpus_work(3)
    cloister.alive("hello")
    cloister.end("hello")
    cloister.cpus_work(4)
    cloister.disable()
    cloister.rmmod()


@pytest.mark.fault(29)
def test_hotplug_storm(machine_factory):
    storm(machine_factory, None, 4)


@pytest.mark.long
@pytest.mark.fault(29)
def test_hotplug_storm_long(machine_factory, kernel):
    storm(machine_factory, kernel, 50)


def any_order(count, rng):
    """Commands of a user who has lost track. Cells two and three want the
    same CPU, one and three the same memory."""
    words = []
    for _ in range(count):
        cell = rng.choice(["one", "two", "three"])
        words.append(rng.choice([
            f"create /tmp/{cell}.cell"] * 3 + [
            f"load {cell} /cloister/hello.bin"] * 3 + [
            f"start {cell}"] * 3 + [
            f"shutdown {cell} --timeout 2000",
            f"shutdown {cell} --timeout 1 --force", f"destroy {cell}",
            f"destroy {cell} --force", "disable",
            "enable /cloister/qemu-virt-4.cell", "list", f"show {cell}",
            f"console {cell}", f"tables {cell}", "audit"]))
    return words


def random_order(machine_factory, kernel, count):
    cloister = c.boot(machine_factory, kernel)
    for name, cpus, ram in (("one", [1], 32), ("two", [2], 40),
                            ("three", [3, 2], 32)):
        cloister.put(f"/tmp/{name}.cell", blobs.cell(
            name, cpus=cpus, ram=CELLS + ram * MIB).encode())
        cloister.launch(f"/tmp/{name}.cell", "hello")
        cloister.ctl(f"destroy {name}")
    before, used = free_memory(cloister), cloister.used()
    seed = faults.seed()
    words = any_order(count, random.Random(seed))
    cloister.put("/tmp/words", "\n".join(words) + "\n")
    # Every answer is yes or a refusal; nothing else, such as a signal
    said = cloister.must(
        "while read words; do cellctl $words > /tmp/said 2>&1; code=$?; "
        "[ $code = 0 ] && echo yes; [ $code -gt 1 ] && "
        "echo \"$code $words: $(cat /tmp/said)\"; done < /tmp/words; true",
        timeout=60 + count)
    assert set(said.split("\n")) == {"yes"}, f"seed {seed:#x}: {said}"
    assert count > said.count("yes") > count // 10
    cloister.must("cellctl status | grep -q disabled && "
                  "cellctl enable /cloister/qemu-virt-4.cell; for cell in one "
                  "two three; do cellctl show $cell > /dev/null 2>&1 && "
                  "cellctl destroy $cell --force; done; true")
    assert cloister.used() == used, f"seed {seed:#x}"
    after = free_memory(cloister)
    assert after > before - NOISE, \
        f"seed {seed:#x}: {before - after} KiB less"
    cloister.cpus_work()
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "count 1")
    cloister.end("hello")
    cloister.disable()
    cloister.rmmod()


@pytest.mark.fault(16, 17, 30)
def test_random_order(machine_factory):
    random_order(machine_factory, None, 100)


@pytest.mark.long
@pytest.mark.fault(16, 17, 30)
def test_random_order_long(machine_factory, kernel):
    random_order(machine_factory, kernel, 1000)
