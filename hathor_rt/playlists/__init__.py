"""Playlists that people edit together."""
