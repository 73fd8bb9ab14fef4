# SPDX-License-Identifier: GPL-2.0-only
"""cellconf report: a page with pictures of a machine and its cells."""
