# SPDX-License-Identifier: GPL-2.0-only
"""Config blobs of Cloister: format, reader, sealing, showing, checking."""
