"""The music: scanning folders, searching, measuring, and delivering segments."""
