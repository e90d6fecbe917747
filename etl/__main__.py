"""`python -m etl` is the `snds-omop` command."""

from etl.cli import main

if __name__ == "__main__":
    main()
