"""Audio effects: one parameter model, one effect a file, exact renders; the client's twins are in `web/client/src/effects`."""
