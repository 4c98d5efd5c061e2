"""Clock estimators side by side on simulated links: ours, and the methods that other synchronised players use."""
