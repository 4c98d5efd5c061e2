"""How a client knows the room timebase: probes, bounds, drift and a certified error."""
