"""Help pages in French: every command and option has its French text, and the page is whole."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from etl.cli import VERBS, cli
from etl.cli.console import Console
from etl.cli.help_fr import FRENCH, plain

ENGLISH_OF_CLICK = ("Usage:", "Show this message", "default:", "[required]", "Commands:")


def commands(
    command: click.Command = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, (*path, name))


def texts() -> Iterator[str]:
    yield from VERBS.values()
    for _, command in commands():
        for text in (command.help, command.epilog):
            yield from (plain(part) for part in (text or "").split("\n\n") if plain(part))
        yield from (
            plain(one.help)
            for one in command.params
            if isinstance(one, click.Option) and one.help and one.name != "help"
        )


ALL = list(commands())


def test_every_text_of_the_help_has_its_french() -> None:
    shown_by_click = {"Show the version and exit."}
    assert set(texts()) - shown_by_click - set(FRENCH) == set()


def test_no_french_text_is_left_of_a_help_that_is_gone() -> None:
    assert set(FRENCH) - set(texts()) == set()


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_page_in_french_has_no_english_and_fits_a_terminal(path: tuple[str, ...]) -> None:
    page = CliRunner().invoke(
        cli, ["--lang", "fr", *path, "--help"], obj=Console(lang="fr"), terminal_width=80
    )
    assert page.exit_code == 0
    words = " ".join(page.output.split())
    assert [one for one in ENGLISH_OF_CLICK if one in page.output] == []
    assert [one for one in texts() if len(one.split()) > 3 and one in words] == [
        one for one in FRENCH if FRENCH[one] == one and one in words
    ]
    examples = [line for line in page.output.splitlines() if "snds-omop explain" in line]
    assert [x for x in page.output.splitlines() if len(x) > 80 and x not in examples] == []


def test_page_in_english_stays_as_it_is() -> None:
    page = CliRunner().invoke(cli, ["synth", "--help"], obj=Console())
    assert "Usage:" in page.output
    assert "Write a coherent synthetic SNDS" in page.output
