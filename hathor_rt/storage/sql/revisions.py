"""The versions of the tables, oldest first."""

from typing import Final

# A new migration adds its name here; a database that names any other was written by a newer program.
REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005")

NEWEST: Final = REVISIONS[-1]
