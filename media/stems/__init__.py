"""Models that separate a recording into stems, one per file."""
