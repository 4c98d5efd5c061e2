"""Procedural music with exact stems, tempo and key: the demo library, test signals and training songs for separation.

`render.render(song)` makes a song of the table `songs.SONGS`; `library.render_library(folder)` writes them all as
FLAC files, which is what ``python -m media.composer FOLDER`` does. The server process never imports this package: it
needs numpy.
"""
