"""Sound: decode, analyse, stretch, separate, segment, encode; the jobs that ask for it and the processes that do it.

Two sides share the package. The server side (`rendition`, `jobs`, `problem`, `messages`, `segment_format`, `pool`) imports no
numpy, so the server process stays small; the worker side runs in processes of its own. Neither knows rooms, accounts,
documents or HTTP.
"""
