"""``python -m hathor_rt.cli`` is `hathor`."""

from hathor_rt.cli.commands import main

if __name__ == "__main__":
    main(prog_name="hathor")
