# SPDX-License-Identifier: GPL-2.0-only
"""cellconf's structures and numbers are those of the C headers."""

import os
import re
import subprocess

import pytest

from cloisterconf import abi
from conftest import ROOT

HEADERS = ROOT / "include" / "cloister"

CONSTANTS = {
    "CL_BLOB_VERSION": abi.BLOB_VERSION,
    "CL_BLOB_MAX_SIZE": abi.BLOB_MAX_SIZE,
    "CL_MAX_SECTIONS": abi.MAX_SECTIONS,
    "CL_MAX_CPUS": abi.MAX_CPUS,
    "CL_MAX_MEM_REGIONS": abi.MAX_MEM_REGIONS,
    "CL_MAX_SPIS": abi.MAX_SPIS,
    "CL_NAME_SIZE": abi.NAME_SIZE,
    "CL_MAX_GICR_REGIONS": abi.MAX_GICR_REGIONS,
    "CL_ARCH_ARM64": abi.ARCH_ARM64,
    "CL_KIND_SYSTEM": abi.KIND_SYSTEM,
    "CL_KIND_CELL": abi.KIND_CELL,
    "CL_SECTION_SYSTEM": abi.SECTION_SYSTEM,
    "CL_SECTION_CELL": abi.SECTION_CELL,
    "CL_SECTION_CPUS": abi.SECTION_CPUS,
    "CL_SECTION_MEM": abi.SECTION_MEM,
    "CL_SECTION_SPIS": abi.SECTION_SPIS,
    "CL_SECTION_POOLS": abi.SECTION_POOLS,
    "CL_MAX_POOLS": abi.MAX_POOLS,
    "CL_MEM_ALLOC": abi.MEM_ALLOC,
    "CL_SECTION_PCI": abi.SECTION_PCI,
    "CL_SECTION_SMC": abi.SECTION_SMC,
    "CL_SECTION_DEVICES": abi.SECTION_DEVICES,
    "CL_MAX_DEVICES": abi.MAX_DEVICES,
    "CL_MAX_DEVICE_IRQS": abi.MAX_DEVICE_IRQS,
    "CL_COMPATIBLE_SIZE": abi.COMPATIBLE_SIZE,
    **{f"CL_CONSOLE_{name.upper()}": number
       for number, name in abi.CONSOLES.items()},
    **{"CL_IRQ_" + name.upper().replace("-", "_"): number
       for number, name in abi.IRQ_MODES.items()},
    **{f"CL_VIOLATION_{name.upper()}": number
       for number, name in abi.ON_VIOLATION.items()},
    **{f"CL_UART_{name}": bit for bit, name in abi.UART_FLAGS.items()},
    **{f"CL_CELL_{name}": bit for bit, name in abi.CELL_FLAGS.items()},
    **{f"CL_SYSTEM_{name}": bit for bit, name in abi.SYSTEM_FLAGS.items()},
    **{f"CL_DEVICE_{name}": bit for bit, name in abi.DEVICE_FLAGS.items()},
    **{f"CL_MEM_{name}": bit for bit, name in abi.MEM_FLAGS.items()},
}


@pytest.fixture(scope="module")
def from_c(tmp_path_factory):
    """Sizes, offsets and constants, as a C compiler sees them."""
    lines = [f'printf("{name} %llu\\n", (unsigned long long){name});'
             for name in CONSTANTS]
    for layout in abi.LAYOUTS:
        struct = f"struct {layout.name}"
        lines.append(f'printf("{struct} %zu\\n", sizeof({struct}));')
        lines += [f'printf("{struct}.{name} %zu %zu\\n",'
                  f' offsetof({struct}, {name}),'
                  f' sizeof((({struct} *)0)->{name}));'
                  for name, *_ in layout.fields]
    folder = tmp_path_factory.mktemp("abi")
    source = folder / "abi.c"
    source.write_text("#include <stddef.h>\n#include <stdio.h>\n"
                      "#include <cloister/config.h>\n"
                      "int main(void)\n{\n" + "\n".join(lines) + "\n}\n")
    program = folder / "abi"
    subprocess.run([os.environ.get("HOSTCC", "gcc"), "-I",
                    ROOT / "include", "-o", program, source], check=True)
    output = subprocess.run([program], check=True, capture_output=True,
                            text=True).stdout
    return {key: value for key, value in
            re.findall(r"^(.*?) ((?:\d+ ?)+)$", output, re.M)}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constant(from_c, name):
    assert int(from_c[name]) == CONSTANTS[name]


@pytest.mark.parametrize("layout", abi.LAYOUTS, ids=lambda layout: layout.name)
def test_layout(from_c, layout):
    assert int(from_c[f"struct {layout.name}"]) == layout.size
    for name, _, number, offset, size in layout.fields:
        assert from_c[f"struct {layout.name}.{name}"] == \
            f"{offset} {size * (number or 1)}"


def test_no_flag_is_missing():
    text = (HEADERS / "config.h").read_text()
    assert set(re.findall(r"#define CL_MEM_(\w+) ", text)) == \
        set(abi.MEM_FLAGS.values())
    assert set(re.findall(r"#define CL_CELL_(\w+) ", text)) == \
        set(abi.CELL_FLAGS.values())
    assert set(re.findall(r"#define CL_SYSTEM_(\w+) ", text)) == \
        set(abi.SYSTEM_FLAGS.values())
    assert set(re.findall(r"#define CL_UART_(\w+) ", text)) == \
        set(abi.UART_FLAGS.values())
    assert set(re.findall(r"#define CL_DEVICE_(\w+) ", text)) == \
        set(abi.DEVICE_FLAGS.values())
    assert len(re.findall(r"CL_SECTION_\w+ = \d", text)) == len(abi.SECTIONS)
