"""Bent renditions, made span by span: every span by itself, joined without a seam."""
