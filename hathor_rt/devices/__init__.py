"""One person's devices and their shared session."""
