"""Certificates of a home server: a private authority and what it vouches for."""
