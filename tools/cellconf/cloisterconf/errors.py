# SPDX-License-Identifier: GPL-2.0-only
"""The rules of include/cloister/error.h on the structure of configs."""

import re

# name: (number, text); a unit test compares this with error.h
RULES = {
    "BLOB_TRUNCATED": (1, "the config has %1d bytes, its header needs %2d"),
    "BLOB_MAGIC": (2, "header.magic: this is no Cloister config"),
    "BLOB_VERSION": (
        3, "header.version: %1d, but version %2d is understood"),
    "BLOB_ARCH": (4, "header.arch: %1d, but this machine is %2d"),
    "BLOB_KIND": (
        5, "header.kind: %1d, expected %2d (1 system, 2 cell)"),
    "BLOB_SIZE": (6, "header.size: says %1d bytes, but there are %2d"),
    "BLOB_CHECKSUM": (
        7, "header.checksum: says %1, but the content has %2"),
    "BLOB_SECTION": (
        8, "section %1t: offset %2d is no multiple of 8, or it reaches beyond"
           " the end"),
    "BLOB_SECTION_TWICE": (9, "section %1t stands there twice"),
    "BLOB_SECTION_MISSING": (10, "section %1t is missing"),
    "MEM_COUNT": (
        30, "mem_regions: %1d entries, at most %2d are possible"),
    "CPU_NONE": (40, "cpus: the list is empty"),
    "CPU_TOO_MANY": (48, "cpus: %1d entries, at most %2d are possible"),
    "CELL_NAME": (
        100, "name: empty, not terminated or with a character outside"
             " A-Za-z0-9._-"),
}


def rule_text(rule, *values):
    """The sentence of a rule with its values filled in."""
    def value(match):
        number = values[int(match[1]) - 1]
        if match[2] == "t":
            return f"of type {number}"
        return str(number) if match[2] else hex(number)

    return re.sub(r"%([12])([dt]?)", value, RULES[rule][1])


class ConfigError(Exception):
    """A config breaks a rule; says which, and what the place is."""

    def __init__(self, rule, *values, place=None):
        self.rule = rule
        self.number = RULES[rule][0]
        self.values = values
        self.place = place
        text = rule_text(rule, *values)
        if place:
            text = f"{text}: {place}"
        super().__init__(f"{text} (rule {self.number} {rule})")
