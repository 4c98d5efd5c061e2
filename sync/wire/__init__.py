"""What travels on the socket: typed frames, their codec, and the protocol session of either side."""
