# SPDX-License-Identifier: GPL-2.0-only
"""What a cell may ask of the firmware, by SMC: what its config lists. And what
root may: nothing that could lead back to EL2."""

import re

import blobs
import cloister as c
import gdbstub
import programs
from test_fatal import physical

FIRMWARE = 32       # guests/fault/modes.h
FUNCTION = 0x82000010
REFUSED = 0xffffffffffffffff
SMC = bytes.fromhex("030000d4")             # smc #0
ANSWER = bytes.fromhex("2000028b")          # add x0, x1, x2


def fake_firmware(stub):
    """QEMU's firmware does not support what is not PSCI, which nobody could
    tell from a refusal. So the instruction that calls it adds up its first
    two arguments instead; returns what undoes that."""
    start = physical("forward_smc")
    with gdbstub.Gdb(stub) as gdb:
        at = start + gdb.read(start, 128).index(SMC)
        gdb.write(at, ANSWER)

    def undo():
        with gdbstub.Gdb(stub) as gdb:
            gdb.write(at, SMC)
    return undo


def rules():
    """The first function with the argument 7, the last two with any."""
    return [{"function": FUNCTION,
             "args": [{"mask": REFUSED, "value": 7}] + [{}] * 3},
            {"function": FUNCTION + 2, "ignore": 1}]


def answers(console):
    """{(function, argument): result}"""
    return {(int(words[1], 16) - FUNCTION, int(words[3][:-1])):
            int(words[4], 16)
            for words in map(str.split, console.splitlines())
            if words[2:3] == ["of"]}


def test_allowed_calls_reach_the_firmware(machine_factory):
    stub = gdbstub.socket_path()
    cloister = c.boot(machine_factory, qemu_args=gdbstub.qemu_args(stub))
    config = blobs.cell("fault", args=[FIRMWARE, FUNCTION, 100])
    config.smc_rules = rules()
    undo = fake_firmware(stub)
    cloister.launch(config, "fault")
    console = cloister.wait_console("fault", f"mode {FIRMWARE} done")
    assert answers(console) == {
        (0, 7): 0x107, (0, 8): REFUSED, (1, 7): REFUSED, (1, 8): REFUSED,
        (2, 7): 0x107, (2, 8): 0x108, (3, 7): 0x107, (3, 8): 0x108}, console
    undo()

    # Those that were not allowed are counted, and not all are in the log
    info = cloister.info("fault")
    assert info["smcs_refused"] == 3 + 100
    assert int(info["last_refused_smc"], 16) == FUNCTION + 1
    assert f"SMCs:       103 refused, the last {FUNCTION + 1:#x}\n" in \
        cloister.ctl("show fault")
    assert info["violations"] == 0 and info["state"] == "running"
    log = cloister.ctl("console --hypervisor")
    assert log.count("is not among its smc_rules") == 8, log
    assert f"cell 1: SMC {FUNCTION:#x} is not among its smc_rules" in log

    # The real one knows none of them: no difference to the guest
    cloister.ctl("shutdown fault")
    cloister.ctl("start fault")
    cloister.wait_for("[ $(cellctl console fault | grep -c 'mode.*done') = 2 ]",
                      "its second life")
    again = cloister.console("fault")[len(console):]
    assert set(answers(again).values()) == {REFUSED}
    assert cloister.info("fault")["smcs_refused"] == 103
    cloister.end("fault")
    cloister.cpus_work(4)
    cloister.disable()


def test_without_rules_nothing_does(machine_factory):
    stub = gdbstub.socket_path()
    cloister = c.boot(machine_factory, qemu_args=gdbstub.qemu_args(stub))
    undo = fake_firmware(stub)
    cloister.launch(blobs.cell("fault", args=[FIRMWARE, FUNCTION, 0]), "fault")
    console = cloister.wait_console("fault", f"mode {FIRMWARE} done")
    undo()
    assert set(answers(console).values()) == {REFUSED}
    assert cloister.info("fault")["smcs_refused"] == 8
    cloister.end("fault")
    cloister.disable()


# PSCI CPU_ON, SDEI and DRTM, which all can make the firmware enter EL2 with
# code of the caller's
DANGEROUS = [number | convention | reserved
             for number in (0x84000003, 0x84000020, 0x84000023, 0x84000114)
             for convention in (0, 1 << 30)
             # Nothing; "no live SVE state", which is no part of the name, so
             # that firmware leaves it away; reserved
             for reserved in (0, 1 << 16, 1 << 17)]
# A silicon provider's, and a standard one: random numbers
HARMLESS = [0x82000010, 0xc2fffe00, 0x84000050]
PSCI_VERSION = 0x84000000


def test_firmware_that_root_may_call(machine_factory):
    stub = gdbstub.socket_path()
    cloister = c.boot(
        machine_factory, qemu_args=gdbstub.qemu_args(stub),
        files=programs.module("hostile", machine_factory.default_kernel))
    undo = fake_firmware(stub)
    version = [PSCI_VERSION, PSCI_VERSION | 1 << 16]
    asked = DANGEROUS + HARMLESS + version
    cloister.must("insmod /cloister/hostile.ko smc=" + ",".join(
        map(hex, asked)))
    undo()
    answers = {int(function, 16): int(answer, 16) for function, answer in
               re.findall(r"hostile: SMC (\w+): (\w+)",
                          cloister.machine.dmesg())}
    assert set(answers) == set(asked)
    # The firmware of this test adds up its arguments, 7 and 0x100
    assert {f for f in asked if answers[f] == 0x107} == set(HARMLESS), answers
    assert {answers[f] for f in version} == {0x10001}
    cloister.must("rmmod hostile")
    cloister.cpus_work(4)
    cloister.disable()
