# SPDX-License-Identifier: GPL-2.0-only
"""The UART that the hypervisor emulates: a guest is typed to, and answers."""

import hashlib
import re

import pytest

import blobs
import cloister as c
import payload

DIRECT = 1
ALL, ONE, LEVEL = 0, 1, 2       # how the guest reads, see guests/uart.c
RING = 2048
FIRST = "uart: FR 0x90, IMSC 0x0, MIS 0x0, ID 0x1011, edge"


def launch(cloister, mode="virtual", reads=ALL):
    config = blobs.load("uart")
    config.cell["irq_mode"] = DIRECT * (mode == "direct")
    config.cell["args"][1] = reads
    cloister.launch(config, "uart")
    assert FIRST in cloister.wait_console("uart", "uart: ready")


def answer(text):
    """What the guest says of a line."""
    total = 0
    for byte in text.encode():
        total = (total * 31 + byte) & 0xffffffff
    shown = text if len(text) <= 40 else "..."
    return (f'uart: "{shown}" {len(text)} bytes, sum 0x{total:08x}, '
            "interrupts ok")


def type_file(cloister, text, path="/tmp/typed"):
    """As a pipe would; what comes until it is quiet."""
    cloister.put(path, text)
    return cloister.ctl(f"console -i uart < {path}", timeout=60)


def wait_answer(cloister, text, timeout=30):
    cloister.wait_console("uart", re.escape(answer(text)), timeout)


@pytest.mark.parametrize("gic", [3, 2])
def test_input(machine_factory, tmp_path, gic):
    # A few at once; then far more than the ring holds; and a few again
    lines = [f"line {n} of this" for n in range(20)]
    lines += ["".join(chr(33 + n * 7 % 90) for n in range(2 * RING + 5)), "end"]
    typed = tmp_path / "typed"
    typed.write_text("".join(line + "\n" for line in lines))
    cloister = c.boot(machine_factory, gic=gic, files={"typed": typed})
    before = cloister.used()
    for mode in ("virtual", "direct"):
        for reads in (ALL, ONE, LEVEL):
            launch(cloister, mode, reads)
            cloister.ctl("console -i uart < /typed", timeout=120)
            wait_answer(cloister, lines[-1], timeout=60)
            output = cloister.console("uart").replace("\r", "")
            assert [answer(line) for line in lines] == output.splitlines()[2:]
            info = cloister.info("uart")
            assert info["violations"] == 0
            assert info["interrupts"] == mode
            exits = cloister.json("stats uart")[0]["exits"]
            # A read and a status for each character, at least
            assert exits["device"] > 2 * sum(map(len, lines)), exits
            assert exits["page"] == exits["other"] == 0, exits
            cloister.end("uart")
    assert cloister.used() == before
    cloister.cpus_work()
    cloister.disable()


def test_each_life_has_a_new_one(machine_factory):
    cloister = c.boot(machine_factory)
    launch(cloister)
    # Behind the order it does not read any more: it is gone
    for life in (2, 3):
        cloister.put("/tmp/typed", "reset\nnot for this life")
        cloister.run("cellctl console -i uart < /tmp/typed")
        cloister.wait_for(
            f"[ $(cellctl console uart | grep -c 'uart: ready') = {life} ]",
            "its next life", show="cellctl console uart")
        type_file(cloister, f"life {life}\n")
        wait_answer(cloister, f"life {life}")
    assert cloister.console("uart").replace("\r", "").count(FIRST) == 3

    # Nor does one that does not run take anything
    type_file(cloister, "off\n")
    cloister.wait_state("uart", "shut-down")
    cloister.put("/tmp/typed", "not for this life")
    cloister.refused("console -i uart < /tmp/typed", "CELL_STATE", "EBUSY")
    cloister.ctl("start uart")
    cloister.wait_for("[ $(cellctl console uart | grep -c 'uart: ready') = 4 ]",
                      "its next life")
    type_file(cloister, "four\n")
    wait_answer(cloister, "four")
    cloister.end("uart")
    cloister.disable()


def test_terminal(machine_factory):
    """Keys reach the guest as they are pressed, until the one that leaves."""
    cloister = c.boot(machine_factory)
    machine = cloister.machine
    launch(cloister)
    machine.spawn("stty -g > /tmp/before; cellctl console -i uart; code=$?; "
                  "stty -g > /tmp/after; exit $code")
    machine.expect(r"\^\] leaves")
    machine.expect("uart: ready")
    machine.send("one\n")
    machine.expect(re.escape(answer("one")))
    # ^C and ^D are nothing but characters
    machine.send("a\x03b\x04c\n")
    machine.expect(r'uart: "a\x03b\x04c" 5 bytes')
    machine.send("\x1d")
    assert machine.wait().code == 0
    assert machine.must("cat /tmp/before")
    machine.must("cmp /tmp/before /tmp/after")

    # What takes no input says so at once
    cloister.launch("/cloister/hello.cell", "hello")
    for cell in ("hello", "root"):
        cloister.refused(f"console -i {cell}", "CELL_NO_INPUT", "EOPNOTSUPP")
    cloister.refused("console -i nobody", "CELL_UNKNOWN")
    cloister.end("hello")
    cloister.end("uart")
    cloister.disable()


def check_shell(machine_factory, kernel, name):
    cloister = c.boot(machine_factory, files={
        "cloister/vmlinuz": payload.CACHE / kernel / "image",
        "cloister/initrd": payload.initramfs(mode="interactive")})
    cloister.ctl(f"linux /cloister/{name}.cell /cloister/vmlinuz --initrd "
                 "/cloister/initrd --append earlycon=pl011,0x9000000",
                 timeout=60)
    cloister.wait_console("linux", "cloister# ", timeout=120)
    cloister.put("/tmp/typed", "echo $((6 * 7)) is the answer\n"
                 "dmesg | grep -o 'pl11.*enabled'\n"
                 "grep -o 'uart-pl011' /proc/interrupts\n")
    output = cloister.ctl("console -i linux < /tmp/typed", timeout=60)
    assert "\n42 is the answer" in output.replace("\r", "")
    assert re.search(r"^pl11.* enabled", output, re.M)
    assert re.search(r"^uart-pl011", output, re.M)
    # Far more than the ring holds, and no character is missing
    words = " ".join(60 * ["long"])
    cloister.put("/tmp/typed", 20 * f"echo {words} | md5sum\n")
    output = cloister.ctl("console -i linux < /tmp/typed", timeout=60)
    assert output.count(hashlib.md5(f"{words}\n".encode()).hexdigest()) == 20
    assert cloister.info("linux")["violations"] == 0
    cloister.ctl("destroy linux")
    cloister.disable()


@pytest.mark.mostly("6.12")
def test_shell_of_a_stock_kernel(machine_factory, kernel):
    """Its own driver, from its first words on; a shell that is typed to."""
    check_shell(machine_factory, kernel, "linux")


def test_shell_in_direct_mode(machine_factory):
    check_shell(machine_factory, "6.12", "linux-direct")
