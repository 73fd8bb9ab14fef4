# SPDX-License-Identifier: GPL-2.0-only
"""cellconf report: who has what, how it is drawn, and the page in a browser."""

import re

import pytest

from browser import Browser
from cloisterconf import abi, blob, check
from cloisterconf.report import layout, owners, page
from conftest import mem_region

MIB = 1 << 20
FLAGS = {name: bit for bit, name in abi.MEM_FLAGS.items()}
RWX = FLAGS["READ"] | FLAGS["WRITE"] | FLAGS["EXECUTE"]
IO = FLAGS["READ"] | FLAGS["WRITE"] | FLAGS["IO"]
ASSIGNABLE, SHARED = FLAGS["ASSIGNABLE"], FLAGS["ROOTSHARED"]
COMM = FLAGS["READ"] | FLAGS["WRITE"] | FLAGS["COMM"]
ALLOC = FLAGS["READ"] | FLAGS["WRITE"] | FLAGS["ALLOC"]


def region(phys, size, flags, virt=None):
    return mem_region(phys_start=phys, size=size, flags=flags,
                      virt_start=phys if virt is None else virt)


def numbers(values, size):
    return b"".join(v.to_bytes(size, "little") for v in values)


MACHINE = (
    region(0x0, 128 * MIB, IO) + region(0x8080000, 128 << 10, IO)
    + region(0x9000000, 4096, IO | ASSIGNABLE) + region(0x9010000, 4096, IO)
    + region(0x40000000, 768 * MIB, RWX)
    + region(0x71000000, 1264 * MIB, RWX | ASSIGNABLE)
    + region(0x8000000000, 512 << 30, IO))


def system(cpus=range(4), mem=MACHINE, pools=(), **more):
    fields = {
        "hypervisor_memory": {"start": 0x70000000, "size": 4 * MIB},
        "debug_console": {"type": 1, "address": 0x9000000},
        "gic": {"version": 3, "maintenance_irq": 25, "gicd_base": 0x8000000,
                "gicr": [{"start": 0x80a0000, "size": 0xf60000}]},
        "pci": {"mmconfig_base": 0x4010000000, "end_bus": 255}, **more}
    return blob.build([
        (abi.SECTION_SYSTEM, abi.SYSTEM.size, abi.SYSTEM.encode(fields)),
        (abi.SECTION_CELL, abi.CELL.size, abi.CELL.encode({"name": b"root"})),
        (abi.SECTION_CPUS, 8, numbers(cpus, 8)),
        (abi.SECTION_MEM, abi.MEM_REGION.size, mem),
        (abi.SECTION_POOLS, abi.RANGE.size, b"".join(
            abi.RANGE.encode({"start": a, "size": n}) for a, n in pools))])


def cell(name, cpus=(1,), phys=0x71000000, size=MIB, more=b"", spis=(),
         flags=RWX | FLAGS["LOADABLE"], **fields):
    fields = {"name": name.encode(), "console": {"type": 2}, **fields}
    return blob.build([
        (abi.SECTION_CELL, abi.CELL.size, abi.CELL.encode(fields)),
        (abi.SECTION_CPUS, 8, numbers(cpus, 8)),
        (abi.SECTION_MEM, abi.MEM_REGION.size,
         region(phys, size, flags, 0) + region(0, 4096, COMM, 0x80000000)
         + more),
        (abi.SECTION_SPIS, 4, numbers(spis, 4))])


def candidates(*blobs):
    return [check.Candidate(f"config-{i}", data)
            for i, data in enumerate(blobs)]


def context(*blobs):
    return page.context(candidates(*blobs))


def at(pieces, address):
    """The piece that has an address."""
    return next(p for p in pieces if p.start <= address < p.end)


def pieces_of(*blobs):
    return [p for island in context(*blobs)["physical"]
            for p in island.pieces]


def test_owners_of_memory():
    share = region(0x72000000, MIB, RWX & ~4 | SHARED, 0x60000000)
    pieces = pieces_of(system(pools=[(0x70400000, 8 * MIB)]),
                       cell("one", more=share), cell(
                           "two", (2,), 0x73000000, more=share + region(
                               0x9000000, 4096, IO)))
    expected = {
        0x0: ("root", "rootdev"), 0x8000000: ("GIC", "gic"),
        0x8080000: ("root", "rootdev"), 0x80a0000: ("GIC", "gic"),
        0x9000000: ("two", "c1"), 0x9010000: ("root", "rootdev"),
        0x40000000: ("root", "root"), 0x70000000: ("hypervisor", "hv"),
        0x70400000: ("pool 0", "pool"), 0x71000000: ("one", "c0"),
        0x71100000: ("assignable", "free"),
        0x72000000: ("one + two + root", "c0 c1 root"),
        0x73000000: ("two", "c1"), 0x4010000000: ("PCI", "pci"),
        0x8000000000: ("root", "rootdev")}
    assert {a: (at(pieces, a).name, at(pieces, a).fill)
            for a in expected} == expected
    assert not any(p.conflict for p in pieces)
    # Each byte once, in the order of addresses
    for one, other in zip(pieces, pieces[1:]):
        assert one.end <= other.start
    assert sum(p.size for p in pieces if p.is_ram) == \
        (768 + 4 + 8 + 1264) * MIB


def test_windows_are_no_ram():
    """Root's memory without caches is not counted as RAM."""
    result = context(system(mem=MACHINE + region(
        0x600000000, 8 << 30, FLAGS["READ"] | FLAGS["NONCACHEABLE"])))
    assert result["ram"] == (768 + 4 + 1264) * MIB
    window = at([p for i in result["physical"] for p in i.pieces],
                0x600000000)
    assert (window.name, window.fill, window.is_ram) == (
        "root", "rootdev", False)


@pytest.mark.parametrize("phys, flags, name, rule", [
    (0x40000000, RWX, "bad + root", "MEM_NOT_ASSIGNABLE"),
    (0x20000000, RWX, "bad", "MEM_NOT_ASSIGNABLE"),
    (0x70000000, RWX, "bad + hypervisor", "MEM_HYPERVISOR"),
    (0x8000000, IO, "bad + GIC", "MEM_GIC"),
    (0x72000000, RWX, "good + bad", "MEM_TAKEN"),
])
def test_conflicts(phys, flags, name, rule):
    result = context(
        system(), cell("good", phys=0x72000000),
        cell("bad", (2,), 0x74000000, more=region(phys, 4096, flags,
                                                  0x10000000)))
    piece = at([p for i in result["physical"] for p in i.pieces], phys)
    assert (piece.name, piece.conflict) == (name, True)
    assert piece.fill.endswith(" bad")
    assert rule in [f.rule for f in result["findings"]]


def finding(result, text):
    """The severity of the finding that says this."""
    return [f.severity for f in result["findings"] if text in f.text]


def test_findings():
    result = context(
        system(debug_console={}, pools=[(0x70400000, 2 * MIB)]),
        cell("one", (1, 2), spis=[40], entry=0x80000),
        cell("two", (2,), 0x72000000, spis=[41], flags=RWX, console={}),
        cell("three", (3,), 0x73000000, spis=[40],
             more=region(0, 2 * MIB, ALLOC, 0x60000000)),
        cell("four", (0,), 0x74000000, entry=0x90000000))
    expected = {
        "not at the same time: cpus: CPU 2 is in cpus of cell one": "warning",
        "not at the same time: spis: 40 is in spis of cell one": "warning",
        "entry: 0x90000000 is not in a region": "error",
    }
    for text, severity in expected.items():
        assert finding(result, text) == [severity], text
    assert result["errors"] == 1
    for text in ("no debug console", "all PCI devices stay with root",
                 "no LOADABLE region", "no console"):
        assert "note" in finding(result, text), text
    severities = [f.severity for f in result["findings"]]
    assert severities == sorted(
        severities, key=["error", "warning", "note"].index)


def test_no_findings():
    assert context(system(pci={}), cell("one"))["findings"] == []


def test_damaged_files():
    result = context(b"junk", system(), cell("one"))
    assert finding(result, "its header needs 24") == ["error"]
    assert [c.name for c in result["cells"]] == ["one"]
    result = context(cell("one"))
    assert finding(result, "there is no valid system config") == ["warning"]
    text, problems = page.render(candidates(b"junk"))
    assert problems == 1 and "its header needs 24" in text


def many_pieces():
    """Machines that are hard to draw, as lists of pieces."""
    def made(*ranges):
        return [owners.Piece(start, size, "root", "x", "", is_ram=ram)
                for start, size, ram in ranges]

    yield made((0, 4096, True))
    yield made((0, 1 << 40, True), (1 << 40, 4096, True))
    yield made(*((i << 12, 4096, True) for i in range(128)))
    yield made(*((i << 30, 4096, False) for i in range(128)))
    yield made((0, 4096, False), (4096, 1 << 47, True), (1 << 48, 1, False))
    # One hundred tiny ones in the middle of large ones
    yield made((0, 1 << 34, True), *(((1 << 34) + i * 65536, 4096 << i % 5,
                                      True) for i in range(100)),
               ((1 << 34) + 100 * 65536, 1 << 34, True))


@pytest.mark.parametrize("pieces", many_pieces(), ids=len)
def test_layout(pieces):
    islands = layout.split(pieces)
    assert [p for i in islands for p in i.pieces] == pieces
    for island in islands:
        # Everything lies within the picture ...
        for box in island.boxes:
            assert -0.01 <= box.y and box.height > 0
            assert box.y + box.height <= island.height + 2
            assert 0 <= box.x and box.x + box.width <= layout.WIDTH
        # ... and each piece has its line, to the middle of its own row.
        ends = sorted(points[-1] for points in island.leaders)
        assert ends == [(layout.WIDTH, pytest.approx(
            (i + 0.5) * island.row_height)) for i in range(len(island.pieces))]
        assert island.row_height >= layout.ROW - 1
        # Bars do not cover each other
        for level in {b.x for b in island.boxes}:
            tops = [b.y for b in island.boxes if b.x == level]
            assert tops == sorted(tops)


def test_scale_is_linear():
    """Within one bar, twice the size is twice the height."""
    pieces = [owners.Piece(a << 20, n << 20, "root", "x", "") for a, n in
              ((0, 64), (64, 128), (192, 32))]
    island, = layout.split(pieces)
    heights = [b.height for b in island.boxes]
    assert heights == pytest.approx([h / 224 * island.height
                                     for h in (64, 128, 32)])


def test_text_of_addresses_and_sizes():
    assert page.hex_groups(0x12345) == \
        '<span class="hex">0x1<i>2345</i></span>'
    assert page.address(0) == '<span class="hex">0x0000<i>0000</i></span>'
    assert page.address(1 << 32).count("<i>") == 2
    assert [page.size_text(s) for s in
            (1, 4096, 3 * MIB // 2, 1 << 30, 123 * 128 << 10, 512 << 30)] == [
        "1\u00a0bytes", "4\u00a0KiB", "1.5\u00a0MiB", "1\u00a0GiB",
        "15.38\u00a0MiB", "512\u00a0GiB"]
    assert page.flags_text(["READ", "WRITE", "DMA"]) == "RW DMA"
    assert page.with_code("a `b` <c>") == "a <code>b</code> &lt;c&gt;"


def test_flags_are_explained():
    explained = dict(context(system(), cell("one"))["flags"])
    assert explained["LOADABLE"].startswith("root may write it")
    assert all(explained.values()) and "NONCACHEABLE" not in explained
    # A flag that somebody adds later is shown, and does no harm.
    late = cell("one", flags=RWX | 1 << 60)
    assert dict(context(system(), late)["flags"])[hex(1 << 60)] == \
        "not known to this version of cellconf"


# In a browser

CROWD = [system(cpus=[i // 16 << 8 | i % 16 for i in range(64)],
                pools=[(0x70400000, 8 * MIB)])] + [
    cell(f"a-cell-with-a-long-name-{i:07}", range(i * 3 + 1, i * 3 + 5),
         0x71000000 + i * (0x21000 << i % 8), 0x1000 << i % 8,
         spis=range(32 + i * 60, 64 + i * 61), on_violation=i % 2,
         args=[i, 0xffffffffffffffff],
         more=b"".join(region(0x90000000 + (i * 120 + j) * 0x3000, 4096,
                              RWX | SHARED * (j % 3 == 0),
                              0x10000000 + j * 0x100000) for j in range(120)))
    for i in range(15)]
PAGES = {
    "plain": [system(pools=[(0x70400000, 2 * MIB)]), cell("one"),
              cell("two", (2, 3), 0x72000000, 64 << 10, spis=[33, 40, 700])],
    "clash": [system(), cell("one"), cell("two", (1, 7), 0x71080000,
                                          more=region(0x9010000, 4096, IO))],
    "crowd": CROWD,
    "empty": [system()],
    "junk": [b"CLOISTER", cell("alone")],
}

# Elements with text that do not fit, and whatever sticks out of the page
# without a scroll bar for it.
OVERFLOWS = """
(() => {
    const bad = [];
    if (document.documentElement.scrollWidth > innerWidth)
        bad.push(`page: ${document.documentElement.scrollWidth}`);
    for (const e of document.querySelectorAll('body *')) {
        const box = e.getBoundingClientRect();
        const style = getComputedStyle(e);
        if (e.closest('defs') || !box.width)
            continue;
        const scrolls = e.closest('.scrollmap');
        if (box.right > innerWidth + 1 && !(scrolls && innerWidth < 861))
            bad.push(`${e.tagName}.${e.className}: right ${box.right}`);
        if (!(e instanceof SVGElement) && style.display != 'inline' &&
            style.overflowX == 'visible' && e.scrollWidth > e.clientWidth + 1)
            bad.push(`${e.tagName}.${e.className}: ${e.scrollWidth} > ` +
                 `${e.clientWidth}: ${e.textContent.slice(0, 60)}`);
    }
    return bad;
})()
"""


@pytest.fixture(scope="module")
def browser():
    with Browser() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for name, blobs in PAGES.items():
        text, _ = page.render(candidates(*blobs))
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("width", [1280, 820, 390])
@pytest.mark.parametrize("name", PAGES)
def test_renders(browser, pages, name, width):
    path = pages / f"{name}.html"
    browser.open(path, width=width)
    assert browser.messages == []
    assert browser.requests == [path.as_uri()]
    assert browser.evaluate(OVERFLOWS) == []
    # Nothing needs scripts, and none is there
    assert browser.evaluate("document.scripts.length") == 0
    names = [blob.parse(b).name for b in PAGES[name][1:]]
    assert browser.evaluate(
        "[...document.querySelectorAll('article.cell h3')]"
        ".map(e => e.textContent)") == names
    for cell_name in names:
        assert browser.evaluate(
            f"document.querySelector('#memory').innerText"
            f".includes('{cell_name}')")


def test_browser_sees_what_is_wrong(browser, tmp_path):
    """The checks of this file notice what they should notice."""
    path = tmp_path / "wrong.html"
    path.write_text("<!DOCTYPE html><title>x</title><script>console.log(1);"
                    "nothing()</script><p style='width:3000px'>wide</p>"
                    "<div style='width:20px;white-space:nowrap'>too much text"
                    "</div><img src='http://127.0.0.1:9/x.png'>")
    browser.open(path)
    assert len(browser.messages) >= 2
    assert "http://127.0.0.1:9/x.png" in browser.requests
    overflows = " ".join(browser.evaluate(OVERFLOWS))
    for expected in ("page: 3", "P.: right", "DIV.: "):
        assert expected in overflows


def test_light_and_dark(browser, pages):
    def colours():
        return browser.evaluate(
            "[getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.body).color]")

    browser.open(pages / "plain.html")
    light = colours()
    browser.open(pages / "plain.html", dark=True)
    dark = colours()
    assert light != dark
    # Paper is white, whatever the screen looks like
    browser.open(pages / "plain.html", dark=True, media="print")
    assert colours() == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


def test_colours_exist(pages):
    """No colour is used that no theme defines."""
    for path in pages.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        defined = [set(re.findall(r"(--[\w-]+):", theme)) for theme in
                   re.findall(r":root \{(.*?)\n\}", text, re.S)]
        used = set(re.findall(r"var\((--[\w-]+)\)", text))
        assert len(defined) == 3 and used <= defined[0]
        assert defined[1] | {"--sans", "--mono"} == defined[0] == \
            defined[2] | {"--sans", "--mono"}
        assert set(re.findall(r"url\(#([\w-]+)\)", text)) <= \
            set(re.findall(r'id="([\w-]+)"', text))


def test_tooltips_need_no_script(browser, pages):
    browser.open(pages / "plain.html")
    count = browser.evaluate("document.querySelectorAll('.seg').length")
    assert count > 10
    assert browser.evaluate(
        "[...document.querySelectorAll('.seg')]"
        ".every(e => e.querySelector('title').textContent.includes('0x'))")


def test_prints(browser, pages):
    browser.open(pages / "plain.html")
    data = browser.pdf()
    assert data.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", data)) <= 8
    # As wide as the text of a page of A4
    browser.open(pages / "plain.html", width=695, media="print")
    assert browser.evaluate(OVERFLOWS) == []


# The command

def test_command(cellconf, tmp_path):
    for name, data in (("sys", system()), ("<b>&", cell("one"))):
        (tmp_path / name).write_bytes(data)
    out = tmp_path / "page.html"
    done = cellconf("report", "-o", out, tmp_path / "sys", tmp_path / "<b>&")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = out.read_text(encoding="utf-8")
    assert "&lt;b&gt;&amp;" in text and "<b>&" not in text
    assert "<h1>sys</h1>" in text
    cellconf("report", "-o", tmp_path / "named", "--title", "A & B",
             tmp_path / "sys")
    assert "<h1>A &amp; B</h1>" in (tmp_path / "named").read_text()
    # The same files make the same page
    assert cellconf("report", "-o", tmp_path / "again", tmp_path / "sys",
                    tmp_path / "<b>&").returncode == 0
    assert (tmp_path / "again").read_text(encoding="utf-8") == text


def test_command_refuses(cellconf, tmp_path):
    (tmp_path / "junk").write_bytes(b"junk")
    out = tmp_path / "page.html"
    assert cellconf("report", "-o", out, tmp_path / "junk").returncode == 1
    assert "its header needs 24" in out.read_text(encoding="utf-8")
    assert cellconf("report", "-o", out, tmp_path / "none").returncode == 3
    (tmp_path / "x.c").write_text("wrong")
    done = cellconf("report", "-o", out, tmp_path / "x.c")
    assert done.returncode == 1 and "error" in done.stderr
    assert cellconf("report").returncode == 2


def test_power_button_and_devices():
    data = cell("linux", spis=[40],
                power_button={"address": 0x9030000, "irq": 40})
    candidate = check.Candidate("linux", data, blob.parse(data))
    name, value, text = next(fact for fact in page.cell_facts(candidate)
                             if fact[0] == "Power button")
    assert (value, "interrupt 40" in text) == ("PL061", True)
    device = {"compatible": b"arm,pl031 arm,primecell", "name": b"rtc",
              "address": 0x9010000, "size": 4096, "irqs": [34]}
    candidate.config.devices.append({**abi.DEVICE.decode(bytes(
        abi.DEVICE.size)), **device})
    assert ("Device", "rtc@9010000", "arm,pl031 arm,primecell, 4 KiB,"
            " interrupt 34") in page.cell_facts(candidate)
    assert "Power button" not in [
        fact[0] for fact in page.cell_facts(check.Candidate(
            "linux", cell("linux"), blob.parse(cell("linux"))))]
