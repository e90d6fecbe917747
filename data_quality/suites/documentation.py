"""The Data Docs of Great Expectations as one folder: an index, and a page for each suite.

As the library writes them they are 99 files in seven levels, ask thirteen hosts for styles and
scripts, and one of them for a picture that counts who looks. What is kept asks no host for
anything: scripts, links to other hosts and pictures are taken out, one style is put in.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from data_quality.checks.model import Status

FOLDER = "data_docs"
INDEX = "index.html"

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 1.5rem auto; padding: 0 1rem; color: #1d2733; }
table { border-collapse: collapse; margin: .3rem 0 1.2rem; } .table-responsive { overflow-x: auto; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #d9e0e7; text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
h5 { font-size: 1.1rem; margin: 1.2rem 0 .2rem; } h6 { font-size: 1rem; margin: .6rem 0 .2rem; }
.text-success::before { content: "\\2713"; color: #00664a; font-weight: 700; }
.text-danger::before { content: "\\2717"; color: #8a2f06; font-weight: 700; }
.text-warning::before { content: "!"; color: #8a4b00; font-weight: 700; }
.bad, .bad a { color: #8a2f06; font-weight: 700; }
"""  # noqa: E501
_REMOVED = (
    re.compile(r"<(script|form|footer)\b.*?</\1>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<nav class=\"navbar.*?</nav>\s*</div>\s*</nav>", re.DOTALL),
    re.compile(r"<(?:link|img|input)\b[^>]*>", re.IGNORECASE),
    re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE),
    re.compile(r'<div class="sticky">.*?</nav>\s*</div>\s*</div>\s*</div>', re.DOTALL),
)
_LINK = re.compile(r"<a\b[^>]*>(.*?)</a>", re.DOTALL | re.IGNORECASE)
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)


def gather(site: Path, folder: Path, counts: Mapping[str, Mapping[Status, int]]) -> list[Path]:
    """Write the index and the pages of a site that Great Expectations built.

    Args:
        site: what ``build_data_docs`` wrote.
        folder: replaced whole.
        counts: expectations by status of each suite, whose name is ``layer.table``.

    Returns:
        The index, then the page of each suite by name.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = []
    for page in sorted(site.glob("validations/**/*.html")):
        # <source>-<layer>.<table>.html: the suite is named after the first hyphen
        target = folder / page.name.partition("-")[2]
        target.write_text(_cleaned(page.read_text("utf-8"), target.stem), encoding="utf-8")
        written.append(target)
    index = folder / INDEX
    index.write_text(_index(sorted(counts.items())), encoding="utf-8")
    return [index, *sorted(written)]


def _cleaned(text: str, name: str) -> str:
    found = _BODY.search(text)
    body = found[1] if found else text
    for pattern in _REMOVED:
        body = pattern.sub("", body)
    body = _LINK.sub(r"\1", body)
    return _page(name, f'<p><a href="{INDEX}">Index</a></p><h1>{escape(name)}</h1>{body}')


def _index(suites: Iterable[tuple[str, Mapping[Status, int]]]) -> str:
    rows = []
    for name, counts in suites:
        bad = counts.get(Status.FAIL, 0) + counts.get(Status.ERROR, 0)
        cells = "".join(
            f'<td class="n">{counts.get(status, 0)}</td>'
            for status in (Status.PASS, Status.FAIL, Status.ERROR)
        )
        mark = ' class="bad"' if bad else ""
        rows.append(
            f'<tr><td{mark}><a href="{escape(name)}.html">{escape(name)}</a></td>{cells}</tr>'
        )
    return _page(
        "Great Expectations",
        "<h1>Great Expectations</h1>"
        "<p>Declared expectations of the candidate, one page a suite. A name in bold and red has a "
        'failure.<br><span lang="fr">Attentes déclarées de la version candidate, une page par '
        "suite. Un nom en gras et rouge a un échec.</span></p>"
        '<div class="table-responsive"><table><thead><tr><th scope="col">Suite</th>'
        '<th scope="col" class="n">Pass · <span lang="fr">réussies</span></th>'
        '<th scope="col" class="n">Fail · <span lang="fr">en échec</span></th>'
        '<th scope="col" class="n">Could not run · <span lang="fr">non exécutées</span></th></tr>'
        "</thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>",
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
