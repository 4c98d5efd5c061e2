"""Storage without threads or files, for simulations on a virtual clock and for tests of everything above storage."""
