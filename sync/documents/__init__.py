"""Shared documents: their kinds, their checks and their replicas."""
