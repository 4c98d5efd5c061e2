"""Time-stretching and pitch-shifting engines, one per file."""
