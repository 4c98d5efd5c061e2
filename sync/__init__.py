"""The pure heart of Hathor RT: time, timelines, documents and the wire.

Nothing in this package does I/O, reads a clock or draws a random number: instants, identifiers and bytes come in as
arguments, values go out. It knows neither accounts nor files, so the browser client mirrors it file by file.
"""
