"""A command line that click refuses, as an error with a code, in both languages."""

from __future__ import annotations

import re
from difflib import get_close_matches

import click

from etl.cli.placeholders_fr import french_placeholders
from etl.errors import SndsOmopError

# Messages of click, and the same in French. An inner message follows "Invalid value".
_MESSAGES = (
    (r"No such option:? '?(?P<name>[^']+?)'?\.?", "l'option {name} n'existe pas"),
    (r"No such command '(?P<name>.*)'\.", "la commande {name} n'existe pas"),
    (r"Missing command\.", "il manque une commande"),
    (r"Missing option (?P<name>[^.]*)\.", "il manque l'option {name}"),
    (r"Missing argument (?P<name>.*)\.", "il manque l'argument {name}"),
    (r"Option (?P<name>.*) requires an argument\.", "l'option {name} attend une valeur"),
    (r"Option (?P<name>.*) does not take a value\.", "l'option {name} n'attend pas de valeur"),
    (r"Got unexpected extra arguments? \((?P<name>.*)\)", "argument en trop : {name}"),
    (r"Invalid value for (?P<name>[^:]*): (?P<inner>.*)", "valeur refusée pour {name} : {inner}"),
    (r"(?P<name>.*) is not one of (?P<all>.*)\.", "{name} n'est pas l'un de {all}"),
    (r"(?P<name>.*) is not a valid integer( range)?\.", "{name} n'est pas un nombre entier"),
    (r"(?P<name>.*) is not a valid float( range)?\.", "{name} n'est pas un nombre"),
    (
        r"(?P<name>.*) is not in the range (?P<low>.*)<=x<=(?P<high>.*)\.",
        "{name} n'est pas entre {low} et {high}",
    ),
    (r"(?P<name>.*) is not in the range x>=(?P<low>.*)\.", "{name} est moins que {low}"),
    (r"(?P<name>.*) is not in the range x<=(?P<high>.*)\.", "{name} est plus que {high}"),
    (r"(?P<name>.*) is not in the range (?P<all>.*)\.", "{name} n'est pas dans {all}"),
    (
        r"(?P<name>.*) does not match the format '%Y-%m-%d'\.",
        "{name} n'est pas une date AAAA-MM-JJ, comme 2021-03-31",
    ),
    (r"(Path|File|Directory) (?P<name>.*) does not exist\.", "{name} n'existe pas"),
    (r"(Path|File|Directory) (?P<name>.*) is a file\.", "{name} est un fichier"),
    (r"(Path|File|Directory) (?P<name>.*) is a directory\.", "{name} est un dossier"),
    (r"(Path|File|Directory) (?P<name>.*) is not readable\.", "{name} ne peut être lu"),
    (r"(Path|File|Directory) (?P<name>.*) is not writable\.", "{name} n'est pas inscriptible"),
)
# The same in plain English, where click writes for programmers.
_PLAIN = (
    (r"is not a valid integer( range)?", "is not a whole number"),
    (r"is not a valid float( range)?", "is not a number"),
    (r"is not in the range (\S+)<=x<=(\S+?)(\.?)$", r"is not between \1 and \2\3"),
    (r"is not in the range x>=(\S+?)(\.?)$", r"is less than \1\2"),
    (r"is not in the range x<=(\S+?)(\.?)$", r"is more than \1\2"),
    (r"does not match the format '%Y-%m-%d'", "is no date YYYY-MM-DD, such as 2021-03-31"),
)
_PASSWORD = re.compile(r"(://[^:@\s]*):[^@\s]*@")


def usage_error(error: click.ClickException) -> SndsOmopError:
    """SO-100 with what click refused, and the command for which it did."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    message = error.message if hasattr(error, "possibilities") else error.format_message()
    message = _PASSWORD.sub(r"\1:***@", " ".join(message.split()))
    if is_bare(error):
        message = "Missing command."
    english = message[:1].lower() + message[1:].removesuffix(".")
    for pattern, plain in _PLAIN:
        english = re.sub(pattern, plain, english)
    near = _near(error, context)
    return SndsOmopError(
        "SO-100",
        english + (f", perhaps {near}" if near else ""),
        _french(message) + (f", peut-être {near}" if near else ""),
        where=context.command_path if context else "snds-omop",
    )


def is_bare(error: click.ClickException) -> bool:
    """No command at all was given: click then shows what there is."""
    return isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ()))


def _french(message: str) -> str:
    for pattern, french in _MESSAGES:
        if found := re.fullmatch(pattern, message):
            parts = found.groupdict()
            if "inner" in parts:
                parts["inner"] = _french(parts["inner"])
            return french_placeholders(french.format(**parts))
    return f"« {message.removesuffix('.')} »"


def _near(error: click.ClickException, context: click.Context | None) -> str:
    """The name that was perhaps meant."""
    if isinstance(error, click.NoSuchOption):
        return (error.possibilities or [""])[0]
    wrong = re.fullmatch(r"No such command '(.*)'\.", error.message)
    if wrong and context and isinstance(context.command, click.Group):
        return (get_close_matches(wrong[1], context.command.list_commands(context)) or [""])[0]
    return ""
