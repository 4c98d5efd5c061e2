"""The command line and the composition root."""

import sys

# structlog would load rich, which only test tools bring along, for coloured tracebacks that nobody sees: 5 MB and 50 ms.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # how the import system is told that a module is not to be had
