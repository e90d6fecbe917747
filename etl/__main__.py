"""`python -m etl` is the `snds-omop` command.

Nothing is imported before Ctrl-C is caught: its parts take most of the first second.
"""

import sys


def main() -> None:
    """Run the command line; an interrupt while it is loaded is exit 130, without a trace."""
    try:
        from etl.cli import main as command

        command()
    except KeyboardInterrupt:
        from etl.errors import SndsOmopError

        is_french = "--lang=fr" in sys.argv or "fr" in sys.argv
        error = SndsOmopError("SO-910", "nothing was begun", "rien n'était commencé")
        sys.stderr.write(f"{error.line('fr' if is_french else 'en')}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
