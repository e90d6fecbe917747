"""The ``delivery.toml`` that a profile proposes, for a person to complete."""

from __future__ import annotations

import json

from etl.delivery.profile import DeliveryProfile

_HEAD = """# Proposed by `snds-omop profile`: complete it, and put it into the delivery's folder.
# Proposé par `snds-omop profile` : complétez-le et placez-le dans le dossier de la livraison.
"""


def proposed(found: DeliveryProfile) -> str:
    """A declaration with what was seen; what only a person knows stands as a comment."""
    lines = [
        _HEAD,
        f"name = {_text(found.name)}",
        '# kind = "full"                # or "increment"',
        '# replaces = "…"              # name of the delivery that this one replaces',
        '# population = "national"      # "national", "esnd" or "targeted"',
        "# sampling_fraction = 0.02",
        "",
        "[expected]",
    ]
    for table, years in sorted(found.years.items()):
        known = [str(year) for year in years if year is not None]
        lines.append(f"{table} = [{', '.join(known)}]")
    for file in found.of("loaded"):
        lines += ["", "[[file]]", f"name = {_text(file.name)}"]
        lines.append(f"rows = {file.rows + file.quarantined}")
    for file in found.of("refused"):
        lines += [
            "",
            f"# {file.code}: load it under a name of the grammar, or declare it as set aside",
            "# [[file]]",
            f"# name = {_text(file.name)}",
            '# load_as = "…"',
            "# set_aside = true",
            '# reason = "…"',
        ]
    gaps = [(table, year) for table, years in found.missing_years.items() for year in years]
    gaps += [
        (table, year)
        for table, months in found.missing_months.items()
        for year in sorted({int(month[:4]) for month in months})
    ]
    for table, year in gaps:
        lines += [
            "",
            "# [[gap]]",
            f"# table = {_text(table)}",
            f"# year = {year}",
            '# owner = "…"',
            '# reason = "…"',
            "# until = 2099-12-31",
        ]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)
