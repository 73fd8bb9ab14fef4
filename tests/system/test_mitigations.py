# SPDX-License-Identifier: GPL-2.0-only
"""What exits do against guests that train branch predictors. QEMU predicts nothing:
what can be seen is that the right things are done, and that guests get all of
their registers back. Its firmware has none of the calls; the debugger answers in
its place as one that has, and changes x0 to x3 as it may (DEN0028, 2.6)."""

from concurrent import futures

import blobs
import cloister as c
import gdbstub
import payload
from test_fatal import HYPERVISOR_MEMORY, IMAGE, physical

SMC = bytes.fromhex("030000d4")
PSCI_FEATURES, SMCCC_VERSION, ARCH_FEATURES = 0x8400000a, 0x80000000, 0x80000001
WORKAROUND_1, WORKAROUND_3 = 0x80008000, 0x80003fff
ANSWERS = {
    (PSCI_FEATURES, SMCCC_VERSION): 0,
    (SMCCC_VERSION, 0): 0x10001,
    (ARCH_FEATURES, WORKAROUND_1): 0,
    (ARCH_FEATURES, WORKAROUND_3): 0,
}
VECTORS = "el2_vectors_hardened"
LINES = {"cortex-a57": "loop of 8, firmware call 0x0; the firmware has no call that "
                       "this CPU needs",
         "cortex-a76": "loop of 24, firmware call 0x0",
         "neoverse-n1": "loop of 24, firmware call 0x0"}


def smcs(symbol, size):
    """Addresses of the calls of the firmware in a part of the hypervisor."""
    start = physical(symbol) - HYPERVISOR_MEMORY
    image = (payload.BUILD / "hypervisor/cloister.bin").read_bytes()
    return [IMAGE + at for at in range(start, start + size, 4)
            if image[at:at + 4] == SMC]


class Firmware:
    """Answers calls while something is done; counts those at exits."""

    def __init__(self, stub):
        self.stub = stub
        self.asked, self.exits = set(), {}

    def answer(self, gdb):
        x = [gdb.register(n) for n in range(4)]
        at = gdb.register(gdb.PC)
        if not gdb.is_el2():
            # Something of root's at the same address
            gdb.step_over(gdb.cpu)
            return
        if at in self.at_exits:
            assert x[0] == WORKAROUND_3, hex(x[0])
            self.exits[at] = self.exits.get(at, 0) + 1
            result = [0x1111, 0x2222, 0x3333, 0x4444]
        elif (x[0], x[1]) in ANSWERS:
            self.asked.add((x[0], x[1]))
            result = [ANSWERS[x[0], x[1]], 0x5555, 0x6666, 0x7777]
        else:
            gdb.step_over(gdb.cpu)
            return
        for number, value in enumerate(result):
            gdb.set_register(number, value & (1 << 64) - 1)
        gdb.set_register(gdb.PC, at + 4)

    def during(self, work):
        self.at_exits = smcs(VECTORS, 2048)
        assert len(self.at_exits) == 8
        places = smcs("forward_smc", 128) + self.at_exits
        with futures.ThreadPoolExecutor(1) as pool, \
                gdbstub.Gdb(self.stub) as gdb:
            for place in places:
                gdb.break_at(place)
            done = pool.submit(work)
            gdb.resume()
            while not done.done():
                if gdb.has_stopped(0.2):
                    gdb.cpu = gdb.stopped()
                    self.answer(gdb)
                    gdb.resume()
            gdb.halt()
            for place in places:
                gdb.clear_break(place)
        done.result()


def line_of(cloister):
    log = cloister.ctl("console --hypervisor")
    return [line.partition("prediction: ")[2] for line in log.splitlines()
            if "branch prediction" in line][-1]


def test_what_each_cpu_needs(machine_factory, cpu):
    """Root and a cell behind such exits, then without them."""
    cloister = c.boot(machine_factory, cpu=cpu, smp=2)
    assert line_of(cloister) == LINES[cpu]
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "count 2")
    cloister.end("hello")
    cloister.disable()

    config = blobs.load("qemu-virt-2")
    config.system["flags"] = blobs.abi.NO_MITIGATIONS
    cloister.put("/tmp/trusted.cell", config.encode())
    cloister.enable("/tmp/trusted.cell")
    assert line_of(cloister) == "loop of 0, firmware call 0x0"
    cloister.cpus_work()
    cloister.disable()


def test_firmware_is_called(machine_factory):
    stub = gdbstub.socket_path()
    cloister = c.boot(machine_factory, enabled=False, smp=2,
                      qemu_args=gdbstub.qemu_args(stub))
    cloister.insmod()
    firmware = Firmware(stub)
    firmware.during(cloister.enable)
    assert firmware.asked == set(ANSWERS)
    assert line_of(cloister) == f"loop of 0, firmware call {WORKAROUND_3:#x}"

    def use():
        """Commands and a guest whose registers pass through it. The debugger
        holds both CPUs at each exit of either."""
        cloister.launch("/cloister/hello.cell", "hello", timeout=120)
        cloister.wait_console("hello", "count 1$", timeout=120)
        cloister.cpus_work(1)
    firmware.during(use)
    assert len(firmware.exits) >= 2, firmware.exits
    assert sum(firmware.exits.values()) > 100, firmware.exits
    cloister.end("hello")
    cloister.cpus_work()
    cloister.disable()
