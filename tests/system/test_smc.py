# SPDX-License-Identifier: GPL-2.0-only
"""What a cell may ask of the firmware and of hypervisors: what its config lists, and
what is for everybody. And what root may: nothing that could lead back to EL2."""

import re

import blobs
import cloister as c
import gdbstub
import programs
from test_fatal import physical

FIRMWARE, DISCOVERY = 32, 36    # guests/fault/modes.h
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


def answers(console, base=FUNCTION):
    """{(function, argument): result}"""
    return {(int(words[1], 16) - base, int(words[3][:-1])):
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


TRNG, FORWARDED = 0x84000050, {0x107, 0x108}


def ask(cloister, function, by_hvc, smc_rules=()):
    """What came of four functions with two arguments."""
    config = blobs.cell("fault", args=[FIRMWARE, function, 0, by_hvc])
    config.smc_rules = list(smc_rules)
    cloister.launch(config, "fault")
    console = cloister.wait_console("fault", f"mode {FIRMWARE} done")
    cloister.end("fault")
    return answers(console, function)


def test_what_needs_no_rule_and_by_which_conduit(machine_factory):
    """The mitigations, and what a rule allows, by SMC and by HVC."""
    stub = gdbstub.socket_path()
    cloister = c.boot(machine_factory, qemu_args=gdbstub.qemu_args(stub))
    undo = fake_firmware(stub)
    trng = [{"function": TRNG, "ignore": 3}]
    for by_hvc in (0, 1):
        for first, known in ((0x80007ffe, {1, 2}), (0x80003ffe, {1})):
            got = ask(cloister, first, by_hvc)
            for n in range(4):
                assert {got[n, 7], got[n, 8]} == (
                    FORWARDED if n in known else {REFUSED}), (first, n, got)
        assert set(ask(cloister, TRNG, by_hvc).values()) == {REFUSED}
        assert set(ask(cloister, TRNG, by_hvc, trng).values()) == FORWARDED
    undo()
    cloister.disable()


OFFERED = {0x84000000 + n for n in (0, 1, 2, 3, 4, 6, 8, 9, 10, 0x12)} | {
    0xc4000000 + n for n in (1, 3, 4, 0x12)} | {0x80000000}


def test_who_is_there(machine_factory):
    """PSCI 1.1, SMCCC 1.1 and Jailhouse, as a guest finds them."""
    cloister = c.boot(machine_factory)
    cloister.launch(blobs.cell("fault", args=[DISCOVERY]), "fault")
    console = cloister.wait_console("fault", f"mode {DISCOVERY} done")
    for conduit in ("SMC", "HVC"):
        for name in ("PSCI", "SMCCC"):
            assert f"{conduit} {name} version: {0x10001}\n" in console, console
        psci = {int(fn, 16): int(value) for fn, value in re.findall(
            rf"{conduit} PSCI has (\S+): (\S+)", console)}
        assert len(psci) == 65
        assert {fn for fn, value in psci.items() if value == 0} == OFFERED
        assert set(psci.values()) == {0, -1}
        arch = {int(fn, 16): int(value) for fn, value in re.findall(
            rf"{conduit} has (\S+): (\S+)", console)}
        # QEMU's firmware has nothing
        assert {fn for fn, value in arch.items() if value == 0} == {
            0x80000000, 0x80000001}, arch

    def jailhouse(what):
        return list(map(int, re.findall(rf"Jailhouse {what}: (-?\d+)$", console,
                                        re.M)))
    eperm, einval, enosys = -1, -22, -38
    assert jailhouse(r"\d") == [eperm] * 5 + [einval, eperm, einval, enosys]
    size, used, *rest = jailhouse(r"info \d")
    assert 0 < used < size and rest == [0, 0, 2]
    assert jailhouse("state of mine") == [0]
    assert jailhouse("state of another") == [eperm] * 3
    statistics = jailhouse(r"statistic \d")
    assert len(statistics) == 10 and statistics[-1] == einval
    assert min(statistics[:-1]) >= 0 and statistics[0] > statistics[3] > 0
    assert statistics[7] > 100 and statistics[8] > 5        # PSCI, other SMCs
    assert "fault: Jailhouse putc\n" in console
    cloister.end("fault")
    cloister.disable()
