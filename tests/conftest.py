"""Properties are checked for what they say, not for how long the machine takes.

By default they look at new examples in every run. `make test` looks at the same ones each time, so that one commit has
one verdict; what `make check` finds beyond them is mended and kept as an example.
"""

from hypothesis import settings

settings.register_profile("exploring", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("exploring")
