"""Hostile clients and sudden deaths against a real server process."""
