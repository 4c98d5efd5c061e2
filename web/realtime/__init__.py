"""The listening port and the realtime socket."""
