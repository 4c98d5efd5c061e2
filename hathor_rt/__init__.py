"""The listening server: rooms, library and people, with their storage, bus, settings and command line."""
