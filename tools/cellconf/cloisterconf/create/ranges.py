# SPDX-License-Identifier: GPL-2.0-only
"""Sets of addresses: lists of (start, end), the end being the first behind."""


def round_out(start, end, to):
    """The smallest aligned range that contains another one."""
    return start // to * to, -(-end // to) * to


def round_in(start, end, to):
    """The largest aligned range inside another one; may be empty."""
    start, end = -(-start // to) * to, end // to * to
    return start, max(start, end)


def merge(ranges):
    """The same addresses as few ranges, in order."""
    result = []
    for start, end in sorted(r for r in ranges if r[0] < r[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def subtract(ranges, others):
    """What of some ranges lies in none of the others."""
    result = []
    others = merge(others)
    for start, end in merge(ranges):
        for one, other in others:
            if other <= start or one >= end:
                continue
            if one > start:
                result.append((start, one))
            start = min(other, end)
        if start < end:
            result.append((start, end))
    return result


def overlap(one, other):
    """Do two ranges have an address in common?"""
    return one[0] < other[1] and other[0] < one[1]


def inside(one, others):
    """Is a range covered completely?"""
    return not subtract([one], others)
