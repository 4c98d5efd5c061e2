"""Clock estimators side by side on simulated networks: ours, and the methods that other synchronised players use."""
