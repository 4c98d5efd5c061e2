"""Load for servers that speak to Yjs clients: the same bytes for all of them, on the same cores, in the same run."""
