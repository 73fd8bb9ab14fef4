# SPDX-License-Identifier: GPL-2.0-only
"""Drawing address spaces to scale.

An address space of terabytes with pages of 4 KiB in it cannot have one scale.
So it is cut into *islands*, groups of neighbours of comparable size; each is
drawn to a scale of its own, and what lies between is named, not drawn. Within
an island, runs of pieces that would be too thin to see are drawn once more
beside it, magnified, and again, if need be. A piece has one row of text, and
a line leads from it to its row.
"""

from dataclasses import dataclass, field

ROW = 27            # pixels of a row of text, at least
THIN = 5            # pieces thinner than this are magnified
BREAK = 14          # pixels of a gap that is not drawn to scale
WIDTH = 240
# x of the bars of each level of magnification: (left, right)
BARS = ((0, 66), (106, 148), (180, 206))
LEADER_END = WIDTH
SMALLEST = 1 / 96   # of an island of devices, that a piece may be


@dataclass
class Box:
    """A rectangle that stands for a piece."""

    piece: object
    x: float
    y: float
    width: float
    height: float


@dataclass
class Island:
    """One picture: pieces, rows, and how they are drawn."""

    pieces: list
    before: int = 0     # bytes of the gap before it; below 0: an overlap
    rows: list = field(default_factory=list)
    height: float = 0
    row_height: float = ROW
    boxes: list = field(default_factory=list)
    zooms: list = field(default_factory=list)       # polygons
    bars: list = field(default_factory=list)        # outlines: x, y, w, h
    breaks: list = field(default_factory=list)      # x, y, w
    leaders: list = field(default_factory=list)     # points
    ticks: list = field(default_factory=list)       # y
    tick_size: int = 0

    @property
    def start(self):
        """Its first address."""
        return self.pieces[0].start

    @property
    def end(self):
        """First address behind it."""
        return max(p.end for p in self.pieces)

    @property
    def is_ram(self):
        """Is it about RAM?"""
        return self.pieces[0].is_ram


def joins(group, piece):
    """Does a piece belong to the island of its predecessors?"""
    if group[0].is_ram != piece.is_ram:
        return False
    content = sum(p.size for p in group) + piece.size
    gap = piece.start - group[-1].end
    if piece.is_ram:
        return gap <= content / 4
    smallest = min(p.size for p in [*group, piece])
    return smallest >= content * SMALLEST and gap <= 1024 * content


def split(pieces):
    """Pieces in the order of addresses as islands, drawn."""
    groups = []
    for piece in pieces:
        if groups and joins(groups[-1], piece):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    result, end = [], 0
    for group in groups:
        island = Island(group, group[0].start - end if result else 0)
        draw(island)
        result.append(island)
        end = max(end, island.end)
    return result


class Scale:
    """Addresses to pixels within one bar; wide gaps are cut out."""

    def __init__(self, pieces, top, bottom):
        content = sum(p.size for p in pieces)
        self.parts = []         # (start, end) of what is drawn to scale
        for piece in pieces:
            last = self.parts[-1] if self.parts else None
            if last and piece.start - last[1] <= content / 4:
                last[1] = max(last[1], piece.end)
            else:
                self.parts.append([piece.start, piece.end])
        drawn = sum(end - start for start, end in self.parts)
        room = bottom - top - BREAK * (len(self.parts) - 1)
        self.top = top
        self.per_byte = max(room, 1) / drawn

    def y(self, address):
        """The pixel of an address."""
        y = self.top
        for start, end in self.parts:
            if address <= end:
                return y + max(address - start, 0) * self.per_byte
            y += (end - start) * self.per_byte + BREAK
        return y - BREAK

    def breaks(self):
        """Where gaps are cut out: the pixels of their middles."""
        return [self.y(end) + BREAK / 2 for _, end in self.parts[:-1]]

    def bars(self):
        """(y, height) of each part."""
        return [(self.y(start), (end - start) * self.per_byte)
                for start, end in self.parts]


def thin_runs(pieces, scale):
    """[(first, last)] of neighbours that would be too thin to see."""
    runs, first = [], None
    for i, piece in enumerate([*pieces, None]):
        thin = piece is not None and piece.size * scale.per_byte < THIN
        if thin and first is None:
            first = i
        elif not thin and first is not None:
            if i - first > 1:
                runs.append((first, i - 1))
            first = None
    return runs


def draw_bar(island, first, last, level, top, bottom):
    """Draw pieces first..last as a bar, and magnify what is thin."""
    pieces = island.pieces[first:last + 1]
    left, right = BARS[level]
    scale = Scale(pieces, top, bottom)
    island.bars += [(left, y, right - left, height)
                    for y, height in scale.bars()]
    island.breaks += [(left, y, right - left) for y in scale.breaks()]
    runs = thin_runs(pieces, scale) if level + 1 < len(BARS) else []
    runs = [] if runs == [(0, len(pieces) - 1)] else runs
    in_run = {i for a, b in runs for i in range(a, b + 1)}
    for i, piece in enumerate(pieces):
        y = scale.y(piece.start)
        height = max(piece.size * scale.per_byte, 1.5)
        island.boxes.append(Box(piece, left, y, right - left, height))
        if i not in in_run:
            lead(island, first + i, right, y + height / 2, level)
    for a, b in runs:
        row = island.row_height
        y1, y2 = (first + a) * row + 4, (first + b + 1) * row - 4
        upper, lower = scale.y(pieces[a].start), scale.y(pieces[b].end)
        island.zooms.append([(right, upper), (BARS[level + 1][0], y1),
                             (BARS[level + 1][0], y2),
                             (right, max(lower, upper + 1))])
        draw_bar(island, first + a, first + b, level + 1, y1, y2)
    return scale


def lead(island, index, x, y, level):
    """The line from a box to its row of text."""
    row = (index + 0.5) * island.row_height
    bend = BARS[level + 1][0] if level + 1 < len(BARS) else x + 16
    island.leaders.append([(x, y), (bend - 10, row), (LEADER_END, row)])


def draw(island):
    """Compute everything that a picture of the island needs."""
    count = len(island.pieces)
    least = {1: 40, 2: 90}.get(count, 150)
    if island.is_ram and count > 2:
        least = 300
    island.height = max(count * ROW, least)
    island.row_height = island.height / count
    scale = draw_bar(island, 0, count - 1, 0, 0, island.height)
    # A ruler, where there is only one scale and something to compare
    if count > 1 and not scale.breaks():
        size = 1 << max((island.end - island.start).bit_length() - 3, 12)
        island.tick_size = size
        at = -(-island.start // size) * size
        while at <= island.end:
            island.ticks.append(scale.y(at))
            at += size
