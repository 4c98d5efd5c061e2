"""Measurements, and the generators they need. Nothing imports this."""
