"""Measurements of sound, one per file; `listener.py` has the table. Block-wise, so that any length fits in memory."""
