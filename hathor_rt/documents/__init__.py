"""Shared documents of one owner: what rooms and standalone documents have in common."""
