"""What a store says to a write that breaks one of its rules."""


class Conflict(Exception):
    """A write that breaks a rule of the store; nothing was changed."""
