"""How good and how fast sound is stretched, against signals whose ideal stretch is known exactly."""
