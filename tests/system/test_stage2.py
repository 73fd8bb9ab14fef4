# SPDX-License-Identifier: GPL-2.0-only
"""Stage 2 as the CPUs see it: registers and tables of a machine with two cells,
looked at by its debugger, and TLB maintenance, instruction by instruction.

The names carry the numbers of the requirements in Documentation/stage2.md.
"""

import collections
import re
import subprocess

import pytest

import blobs
import cloister as c
import gdbstub
import payload
import tables
from blobs import CELLS, HYPERVISOR, MIB
from gdbstub import Gdb
from test_fatal import IMAGE
from test_isolation import RELAXED, WORD, reads, unreachable

MODELS = ("cortex-a57", "max")      # without and with FEAT_TTL and TLBIRANGE
# Bits of physical addresses, and what the hypervisor says at enable
FEATURES = {"cortex-a57": (44, "TLBI by page"),
            "neoverse-n1": (48, "TLBI by page"),
            "max": (48, "TLBI by range with level")}
HCR = {"VM": 0, "PTW": 2, "FMO": 3, "IMO": 4, "DC": 12, "TVM": 26, "TGE": 27,
       "TRVM": 30, "RW": 31, "CD": 32, "ID": 33, "E2H": 34, "FWB": 46}
DEVICES = ((0x08000000, 0x08010000), (0x080a0000, 0x09000000),
           (0x09000000, 0x09001000))    # GICD, GICR, UART
HV_SIZE = 4 * MIB
ROOT_PAGES = {40: 2, 42: 8, 43: 16}     # of one page at all other widths

Cpu = collections.namedtuple("Cpu", "hcr vtcr vttbr sctlr tcr ttbr0 ids")


@pytest.fixture(name="stub")
def fixture_stub():
    return gdbstub.socket_path()


def boot(machine_factory, stub, model):
    # Without KPTI, whose changes of the ASID make QEMU forget all it knows
    return c.boot(machine_factory, cpu=model, append=f"{RELAXED} kpti=off",
                  qemu_args=gdbstub.qemu_args(stub))


def look(gdb):
    """The registers of all CPUs."""
    cpus = []
    for number in range(4):
        gdb.select(number)
        cpus.append(Cpu(*(gdb.register(name) for name in (
            "HCR_EL2", "VTCR_EL2", "VTTBR_EL2", "SCTLR_EL2", "TCR_EL2",
            "TTBR0_EL2", "ID_AA64MMFR0_EL1"))))
    return cpus


def owner(cpu):
    """The cell whose stage 2 is loaded: VMID 0 is nobody's."""
    assert cpu.vttbr >> 48
    return (cpu.vttbr >> 48) - 1


def check_A1_el1_has_its_registers(cpu):
    """Nothing of stage 1 traps, so guests write TTBR0/1_EL1 and TCR_EL1."""
    for bit in ("TVM", "TRVM", "TGE", "E2H"):
        assert not cpu.hcr >> HCR[bit] & 1, bit


def check_B3_controls(cpu):
    for bit in ("VM", "PTW", "RW", "IMO", "FMO"):
        assert cpu.hcr >> HCR[bit] & 1, bit
    for bit in ("FWB", "DC", "CD", "ID"):
        assert not cpu.hcr >> HCR[bit] & 1, bit
    # M, C, I, WXN; little-endian
    for bit in (0, 2, 12, 19):
        assert cpu.sctlr >> bit & 1, bit
    assert not cpu.sctlr >> 25 & 1


def check_B2_vtcr(cpu, ipa_bits, pa_bits):
    """As the table of the requirements has it; no VS, HA, HD nor DS."""
    assert min((32, 36, 40, 42, 44, 48, 52)[cpu.ids & 15], 48) == pa_bits
    assert cpu.vtcr == (1 << 31 | {44: 4, 48: 5}[pa_bits] << 16 | 3 << 12 |
                        1 << 10 | 1 << 8 | (2 if ipa_bits >= 44 else 1) << 6 |
                        (64 - ipa_bits)), hex(cpu.vtcr)


def check_B4_vttbr(cpu, ipa_bits):
    root = cpu.vttbr & 0xfffffffffffe
    assert HYPERVISOR <= root < HYPERVISOR + HV_SIZE
    assert root % (ROOT_PAGES.get(ipa_bits, 1) * tables.PAGE) == 0
    assert not cpu.vttbr & 1, "CnP"


def check_leaf(leaf):
    """B6, B8, B9, C2, C3: a descriptor as it may be."""
    d = leaf.descriptor
    memory, shareable = tables.bits(d, 5, 2), tables.bits(d, 9, 8)
    assert memory in (0b1111, 0b0101, 0b0001), hex(d)
    assert shareable == (0 if memory == 0b0001 else 3), hex(d)
    assert tables.bits(d, 10, 10) == 1, "AF"
    assert tables.bits(d, 53, 53) == 0, "XN[0] is for FEAT_XNX"
    # bits 11, 50, 51, 55 and 58 to 63 are of stage 1, or reserved
    assert not tables.bits(d, 51, 48) | tables.bits(d, 63, 55) | d >> 11 & 1
    if memory == 0b0001:
        assert not tables.stage2_permissions(leaf) & tables.EXECUTE


def check_B9_contiguous(leaves):
    """The hint stands on 16 aligned entries that go on from one to the next."""
    hinted = [leaf for leaf in leaves if leaf.descriptor >> 52 & 1]
    assert hinted and len(hinted) % 16 == 0
    for first in range(0, len(hinted), 16):
        head = hinted[first]
        assert head.start % (16 * head.size) == head.pa % (16 * head.size) == 0
        for i, leaf in enumerate(hinted[first:first + 16]):
            assert leaf.start == head.start + i * head.size
            assert leaf.descriptor == head.descriptor + i * head.size


def check_B10_cells(leaves):
    """Nobody reaches the hypervisor but for the one page of each cell that is
    meant for that, nor what another has: all by the tables alone."""
    own = [(HYPERVISOR, HYPERVISOR + HV_SIZE)]
    reached = {cell: tables.spans(of) for cell, of in leaves.items()}
    assert not tables.common(reached[0], own)
    comm = {}
    for cell in leaves:
        if cell:
            comm[cell], = tables.common(reached[cell], own)
            assert comm[cell][1] - comm[cell][0] == tables.PAGE
            assert not tables.common(reached[cell], reached[0])
    assert len(set(comm.values())) == len(comm)
    assert not tables.common(reached[1], reached[2])


def check_A5_B10_el2(gdb, cpu, ram):
    """EL2's own tables: stage-1 descriptors, write or execute and never both;
    all of the image, stacks with nothing around them, and nobody's RAM."""
    leaves = tables.el2(gdb.read, cpu.tcr, cpu.ttbr0)
    own = [(HYPERVISOR, HYPERVISOR + HV_SIZE)]
    assert tables.common(tables.spans(leaves), own)
    inside = 0
    for leaf in leaves:
        perms = tables.el2_permissions(leaf)
        assert perms & (tables.WRITE | tables.EXECUTE) != (
            tables.WRITE | tables.EXECUTE), leaf
        # AP[1] is RES1 here; AF; S2AP's bits would have said otherwise
        assert leaf.descriptor >> 6 & 1 and leaf.descriptor >> 10 & 1
        span = [(leaf.pa, leaf.pa + leaf.size)]
        if tables.common(span, own):
            assert tables.common(span, own) == span
            assert tables.bits(leaf.descriptor, 4, 2) == 1, "normal memory"
            inside += leaf.size
        else:
            assert tables.common(span, DEVICES) == span, leaf
            assert tables.bits(leaf.descriptor, 4, 2) == 0, "device memory"
            assert not perms & tables.EXECUTE
        assert not tables.common(span, ram)
    assert inside > HV_SIZE - 512 * 1024
    by_address = {leaf.start: leaf for leaf in leaves}
    for guard in (0, 0x401000, 0x404000, 0x407000, 0x409000):
        assert guard not in by_address
    assert tables.el2_permissions(by_address[IMAGE]) == (
        tables.READ | tables.EXECUTE)
    assert tables.el2_permissions(by_address[0x402000]) == (
        tables.READ | tables.WRITE)
    return by_address[0x400000].pa


@pytest.mark.parametrize("model", FEATURES)
def test_live_registers_and_tables(machine_factory, stub, model):
    pa_bits, tlbi = FEATURES[model]
    cloister = boot(machine_factory, stub, model)
    assert re.search(rf"^stage 2: {pa_bits} PA bits, {tlbi}$",
                     cloister.ctl("console --hypervisor"), re.M)
    cloister.launch(blobs.cell("one", cpus=[2], ram=CELLS), "timer")
    cloister.launch(blobs.cell("two", cpus=[3], ram=CELLS + 2 * MIB), "timer")
    for cell in ("one", "two"):
        cloister.wait_console(cell, "timer: 1 s")
    widths = {number: cloister.json(f"tables {name}")["address_bits"]
              for number, name in enumerate(("root", "one", "two"))}
    counts = {number: sum(
        cloister.json(f"tables {name}")["leaves"][size]
        for size in ("512g", "1g", "2m", "4k"))
        for number, name in enumerate(("root", "one", "two"))}

    with Gdb(stub) as gdb:
        cpus = look(gdb)
        assert [owner(cpu) for cpu in cpus] == [0, 0, 1, 2]
        leaves, private = {}, set()
        for state in cpus:
            cell = owner(state)
            check_A1_el1_has_its_registers(state)
            check_B3_controls(state)
            check_B2_vtcr(state, widths[cell], pa_bits)
            check_B4_vttbr(state, widths[cell])
            leaves[cell] = tables.stage2(gdb.read, state.vtcr, state.vttbr)
            private.add(check_A5_B10_el2(gdb, state,
                                         [(CELLS, CELLS + 1264 * MIB)]))
        assert len(private) == 4, "each CPU has a page of its own"
        for cell, of_cell in leaves.items():
            assert len(of_cell) == counts[cell]
            for leaf in of_cell:
                check_leaf(leaf)
            check_B9_contiguous(of_cell)
        check_B10_cells(leaves)
    for cell in ("one", "two"):
        cloister.alive(cell)
        cloister.end(cell)
    cloister.disable()


def instructions(lines):
    """(mnemonic, operands) of a disassembly."""
    for line in lines.splitlines():
        found = re.match(r"\s*[0-9a-f]+:\s+[0-9a-f]{8}\s+(\S+)\s*(.*)", line)
        if found:
            yield found[1], found[2].split("//")[0].strip()


def disassemble(*arguments):
    return subprocess.run(
        ["aarch64-linux-gnu-objdump", "-d", *arguments,
         payload.BUILD / "hypervisor/cloister.elf"], check=True, text=True,
        stdout=subprocess.PIPE).stdout


def test_B3_the_mmu_goes_on_after_everything_else():
    """In assembly: what is there is what runs."""
    code = disassemble("--disassemble=boot_entry")
    system = [f"{name} {operands}" for name, operands in instructions(code)
              if name in ("msr", "tlbi", "ic", "dsb", "isb", "br")]
    # C with the MMU off comes before; the first entry goes the same way
    assert [re.sub(r",? x\d+$", "", text).strip() for text in system] == [
        "msr ttbr0_el2", "msr tcr_el2", "msr mair_el2", "isb",
        "tlbi alle2", "ic iallu", "dsb nsh", "isb",
        "msr sctlr_el2", "isb", "br"], system


def symbol(name):
    names = subprocess.run(
        ["aarch64-linux-gnu-nm", payload.BUILD / "hypervisor/cloister.elf"],
        check=True, text=True, stdout=subprocess.PIPE).stdout
    return int(re.search(rf"^(\w+) [Tt] {name}$", names, re.M)[1], 16)


def system_instruction(gdb, pc):
    """The instruction at the PC, where it is one that concerns translation:
    (text, value of its register)."""
    word = int.from_bytes(gdb.read(pc - IMAGE + HYPERVISOR, 4), "little")
    plain = {0xd5033b9f: "dsb ish", 0xd5033abf: "dsb ishst",
             0xd5033fdf: "isb", 0xd508831f: "vmalle1is",
             0xd50c83df: "vmalls12e1is"}
    with_register = {0xd50c8020: "ipas2e1is", 0xd50c8040: "ripas2e1is",
                     0xd51c2140: "vtcr", 0xd51c2100: "vttbr"}
    if word in plain or word & ~31 not in with_register:
        return plain.get(word), None
    register = word & 31
    return (with_register[word & ~31],
            0 if register == 31 else gdb.register(register))


INVALIDATIONS = ("mm_tlbi_range", "mm_tlbi_all")
MAX_ROUNDS = 2000


def trace_invalidation(gdb, begin):
    """begin() lets the machine do something that takes memory from root: stops
    it at the end of the invalidation, and returns what system instructions that
    was."""
    for function in INVALIDATIONS:
        gdb.break_at(symbol(function))
    gdb.resume()
    begin()
    cpu = gdb.stopped()
    while gdb.register(1) != 1:     # the VMID: a new cell's is not root's
        gdb.step_over(cpu)
        gdb.resume()
        cpu = gdb.stopped()
    for function in INVALIDATIONS:
        gdb.clear_break(symbol(function))
    back = gdb.register(30)
    steps = []
    while (pc := gdb.register(Gdb.PC)) != back:
        text, value = system_instruction(gdb, pc)
        if text:
            steps.append((text, value))
        gdb.step(cpu)
    return steps


def is_refused(gdb, cpu, address):
    """Whether the CPU is in EL2 since it has read there."""
    gdb.select(cpu)
    return (gdb.is_el2() and gdb.register("ESR_EL2") >> 26 == 0x24 and
            gdb.register("HPFAR_EL2") >> 4 == address >> 12)


def check_C7_nobody_can_read(gdb, readers):
    """The invalidation is over, and what follows has not begun, since its CPU
    stands still: there is a hole, and the tables are locked. CPUs whose programs
    do nothing but read from there, {CPU: address}, come to EL2 at the next read,
    and wait for the lock. Where the kernel is at work it goes its way first."""
    for _ in range(MAX_ROUNDS):
        waiting = [cpu for cpu, address in readers.items()
                   if not is_refused(gdb, cpu, address)]
        if not waiting:
            return
        for cpu in waiting:
            gdb.select(cpu)
            if gdb.register(Gdb.PC) >> 48 or gdb.is_el2():
                continue
            for _ in range(20):
                gdb.step(cpu)
            assert is_refused(gdb, cpu, readers[cpu]), f"CPU {cpu} reads on"
        gdb.run_only(waiting, 0.001)
    assert False, f"CPUs {waiting} do not read"


def create_traced(cloister, stub, config, readers=None):
    """Creates a cell; returns what the invalidation does. Others may be reading
    the memory meanwhile: see check_C7_nobody_can_read()."""
    cloister.put("/tmp/traced.cell", config.encode())
    with Gdb(stub) as gdb:
        steps = trace_invalidation(gdb, lambda: cloister.must(
            "taskset 1 cellctl create /tmp/traced.cell > /tmp/traced 2>&1 &"))
        if readers:
            check_C7_nobody_can_read(gdb, readers)
    cloister.wait_for("[ -s /tmp/traced ]", "the end of the create",
                      show="cat /tmp/traced")
    assert cloister.must("cat /tmp/traced").isdigit()
    return steps


def check_C5(steps, cell, invalidations):
    """The order of the Arm ARM, with the VMID of the target and an empty root
    in VTTBR_EL2, and what was there before put back."""
    names = [name for name, _ in steps]
    count = len(invalidations)
    assert names == ["vtcr", "isb", "vttbr", "isb",
                     *(name for name, _ in invalidations), "dsb ish",
                     "vmalle1is", "dsb ish", "isb",
                     "vttbr", "isb", "vtcr", "isb"], names
    operands = [value for _, value in steps[4:4 + count]]
    assert operands == [value for _, value in invalidations], [
        hex(value) for value in operands]
    narrowed, entered = steps[0][1], steps[2][1]
    left, restored = steps[-4][1], steps[-2][1]
    assert entered >> 48 == left >> 48 == cell + 1
    assert entered != left and narrowed & 63 == 64 - 39
    assert restored & ~63 == narrowed & ~63


@pytest.mark.parametrize("model", MODELS)
def test_C5_invalidations_by_address(machine_factory, stub, model):
    """Leaves of 4 KiB and 2 MiB, taken from root by creating a cell."""
    cloister = boot(machine_factory, stub, model)

    def by_page(address, leaf, count):
        """IPAS2E1IS for each leaf, with TTL = 01xx where the CPU knows it."""
        level = {tables.PAGE: 7, 2 * MIB: 6}[leaf] if model == "max" else 0
        return [("ipas2e1is", level << 44 | (address + i * leaf) >> 12)
                for i in range(count)]

    def by_range(operand, address, leaf, count):
        """RIPAS2E1IS, by hand from the Arm ARM, on the CPU that has it."""
        if model != "max":
            return by_page(address, leaf, count)
        return [("ripas2e1is", operand | address >> 12)]

    def check(ram, size, invalidations):
        check_C5(create_traced(cloister, stub, blobs.cell(
            "traced", ram=ram, size=size)), 0, invalidations)
        cloister.ctl("destroy traced")

    near, group = CELLS + 56 * MIB, CELLS + 48 * MIB
    assert cloister.json(f"translate root {near:#x}")["leaf_size"] == 2 * MIB
    # Six pages of a block that is one of 16 contiguous ones: TG 1, SCALE 2,
    # NUM 3, TTL 2 for 4 * 2048 pages. Given back, it is all one again.
    sixteen = by_range(0x61c000000000, group, 2 * MIB, 16)
    check(near + 0x5000, 6 * tables.PAGE, sixteen)
    check(near, 4 * MIB, sixteen)
    # With a neighbour gone the hint is gone, and only they are concerned:
    # SCALE 1, NUM 15 for 16 * 64 pages
    cloister.create(blobs.cell("neighbour", cpus=[2], ram=group, size=2 * MIB))
    check(near, 4 * MIB, by_range(0x57c000000000, near, 2 * MIB, 2))
    check(near, 2 * MIB, by_page(near, 2 * MIB, 1))
    cloister.ctl("destroy neighbour")
    # Pages of a block that another cell has split, 16 contiguous ones: SCALE 0,
    # NUM 7, TTL 3 for 8 * 2 pages
    cloister.create(blobs.cell("neighbour", cpus=[2], ram=near,
                               size=5 * tables.PAGE))
    check(near + 0x20000, 16 * tables.PAGE,
          by_range(0x43e000000000, near + 0x20000, tables.PAGE, 16))
    check(near + 0x5000, tables.PAGE, by_page(near + 0x5000, tables.PAGE, 1))
    cloister.ctl("destroy neighbour")
    cloister.disable()


def check_C7_taken(cloister, stub, ram, size):
    """Root loses memory, which other CPUs of root read without a pause."""
    inside = (ram, ram + size // 2 & ~4095, ram + size - 8)
    around = (ram - 8, ram + size)
    for address in (*inside, *around):
        cloister.must(f"mem fill {address:#x} 8 {WORD:#x}")
    for cpu in (1, 2):
        cloister.must(f"taskset {1 << cpu:x} mem hold {inside[cpu]:#x} "
                      f"> /tmp/hold{cpu} &")
        cloister.wait_for(f"[ -s /tmp/hold{cpu} ]", "the reader")
    create_traced(cloister, stub, blobs.cell("taker", ram=ram, size=size),
                  readers={cpu: inside[cpu] for cpu in (1, 2)})
    for cpu in (1, 2):
        cloister.wait_for(
            f"grep -qx 'SIGBUS at {inside[cpu]:#x}' /tmp/hold{cpu}",
            f"the SIGBUS on CPU {cpu}")
    unreachable(cloister, *inside, cpus=range(3))
    for address in around:
        assert reads(cloister, address) == WORD
    cloister.ctl("destroy taker", timeout=60)
    for address in inside:
        for number in range(3):
            assert reads(cloister, address, number) == 0
    for address in around:
        assert reads(cloister, address) == WORD


@pytest.mark.parametrize("model", MODELS)
def test_C7_what_is_taken_is_gone_on_every_cpu(machine_factory, stub, model):
    """All sizes of leaves, and each kind of instruction. Linux invalidates a
    lot, too, and so hides what EL2 forgets: hence the debugger, which stops the
    machine before anything else can happen."""
    cloister = boot(machine_factory, stub, model)
    for ram, size in ((CELLS + 0x7000, 0x1000),
                      (CELLS + 32 * MIB, 2 * MIB), (CELLS + 34 * MIB, 6 * MIB),
                      (CELLS + 0x3ff000, 4 * MIB + 0x3000),
                      (CELLS + 64 * MIB, 96 * MIB)):
        check_C7_taken(cloister, stub, ram, size)
    assert cloister.json("audit")["verdict"] == "ok"
    cloister.disable()
