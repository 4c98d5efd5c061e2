"""Documents that stand alone: playlists, and scratch documents for experiments."""
