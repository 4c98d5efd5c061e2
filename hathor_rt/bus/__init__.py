"""Ordered streams between processes: the port and its engines."""
