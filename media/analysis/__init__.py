"""Measurements of sound: loudness and waveform peaks, one per file. Block-wise, so that any length fits in memory."""
