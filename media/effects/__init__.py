"""Audio effects, one per file."""
