"""Listening rooms: the pure core, the owner task around it, and the directory that opens and closes them."""
