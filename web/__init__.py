"""The web side: pages, HTTP API, realtime socket and the port they share."""
