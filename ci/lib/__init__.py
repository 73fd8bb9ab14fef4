# SPDX-License-Identifier: GPL-2.0-only
"""Parts that the programs in ci/ share."""
