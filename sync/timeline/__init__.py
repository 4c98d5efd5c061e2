"""What plays when: positions as lines over time, and what to do when a player is off its line."""
