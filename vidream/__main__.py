"""`python -m vidream`, and the program `vidream`."""

import sys


def main() -> int:
    """Run the command line; a Ctrl-C that comes while all is still being loaded ends it in a line, too."""
    try:
        from vidream.cli import main as run

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("vidream: stopped\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
