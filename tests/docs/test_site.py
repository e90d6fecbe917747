"""The site has every page, in English and French alike, and asks no other host for anything."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
import yaml
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader

DOCS = Path(__file__).resolve().parents[2] / "docs"
SITE = yaml.safe_load((DOCS / "mkdocs.yml").read_text(encoding="utf-8"))
WRITTEN = sorted(
    path.relative_to(DOCS).as_posix()
    for language in ("en", "fr")
    for path in DOCS.glob(f"{language}/**/*.md")
)


def tree(language: str) -> list[object]:
    return next(part[language] for part in SITE["nav"] if language in part)


def pages(node: object) -> list[str]:
    """Files of a part of the menu, in order."""
    if isinstance(node, str):
        return [node]
    children = node if isinstance(node, list) else node.values() if isinstance(node, dict) else []
    return [page for child in children for page in pages(child)]


def shape(node: object) -> object:
    """The menu without its words."""
    if isinstance(node, str):
        return 1
    children = node if isinstance(node, list) else node.values() if isinstance(node, dict) else []
    return [shape(child) for child in children]


PAIRS = list(zip(pages(tree("English")), pages(tree("Français")), strict=True))


def test_both_languages_have_the_same_menu() -> None:
    assert shape(tree("English")) == shape(tree("Français"))


@pytest.mark.parametrize("page", WRITTEN)
def test_a_written_page_is_in_the_menu(page: str) -> None:
    assert page in {one for pair in PAIRS for one in pair}


@pytest.mark.parametrize(("english", "french"), PAIRS)
def test_a_page_has_as_many_sections_as_its_translation(english: str, french: str) -> None:
    if not (DOCS / english).exists():
        pytest.skip("it is rendered by `make docs`")
    sections = [
        sum(line.startswith("## ") for line in (DOCS / page).read_text("utf-8").splitlines())
        for page in (english, french)
    ]
    assert sections[0] == sections[1]


@pytest.mark.parametrize("page", WRITTEN)
def test_a_link_leads_to_a_page_of_the_site(page: str) -> None:
    """What lies outside of docs/ is named, not linked: the site does not hold it."""
    text = re.sub(r"```.*?```", "", (DOCS / page).read_text("utf-8"), flags=re.DOTALL)
    generated = {one for pair in PAIRS for one in pair}
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not link.startswith("http"):
            target = (DOCS / page).parent.joinpath(link).resolve()
            inside = target.is_relative_to(DOCS)
            assert inside, link
            assert target.exists() or target.relative_to(DOCS).as_posix() in generated, link


@pytest.mark.parametrize(
    "page", ["en/how-to/readers/cdmconnector.md", "fr/guide/lecteurs/cdmconnector.md"]
)
def test_a_release_is_attached_to_a_working_file_as_the_page_shows(
    page: str, demo_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workspace").symlink_to(demo_workspace)
    monkeypatch.chdir(tmp_path)
    statements = re.findall(r'dbExecute\(con, "([^"]+)"\)', (DOCS / page).read_text("utf-8"))
    assert len(statements) == 2
    with duckdb.connect("work.duckdb") as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("create table work.study.t as select person_id from rel.cdm.person")
        assert connection.execute("select count(*) from work.study.t").fetchall() == [(120,)]


def test_each_page_of_a_reader_states_what_was_checked_and_is_in_the_list() -> None:
    for folder, listed, heading in (
        ("en/how-to/readers", "en/how-to/publish.md", "## What was checked"),
        ("fr/guide/lecteurs", "fr/guide/publier.md", "## Ce qui a été vérifié"),
    ):
        for path in sorted((DOCS / folder).glob("*.md")):
            text = path.read_text("utf-8")
            assert heading in text
            assert f"({path.parent.name}/{path.name})" in (DOCS / listed).read_text("utf-8")


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("fr/guide/publier.html", "Rechercher"),
        ("en/how-to/publish.html", "Search"),
        ("index.html", "Search"),
        (None, "Search"),
    ],
)
def test_the_words_around_a_page_are_in_its_language(url: str | None, word: str) -> None:
    macro = "{% macro t(key) %}{{ {'search': 'WORD'}[key] }}{% endmacro %}"
    languages = {"fr": "Rechercher", "en": "Search"}
    theme = {f"partials/languages/{k}.html": macro.replace("WORD", v) for k, v in languages.items()}
    assert SITE["theme"]["custom_dir"] == "theme"
    loader = ChoiceLoader([FileSystemLoader(DOCS / "theme"), DictLoader(theme)])
    page = Environment(loader=loader, autoescape=True).from_string(
        '{% import "partials/language.html" as lang with context %}{{ lang.t("search") }}'
    )
    assert page.render(page={"url": url} if url else None) == word


def test_no_font_and_no_script_comes_from_another_host() -> None:
    assert SITE["theme"]["font"] is False
    assert SITE["extra"]["polyfills"] == ["assets/iframe-worker.js"]
    assert (DOCS / "assets" / "iframe-worker.js").is_file()


def test_the_python_lines_of_the_page_on_releases_run(
    demo_workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pages = [DOCS / "en/how-to/open-a-release.md", DOCS / "fr/guide/ouvrir-une-version.md"]
    english, french = (
        re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL) for page in pages
    )
    assert english == french
    (tmp_path / "workspace").symlink_to(demo_workspace)
    monkeypatch.chdir(tmp_path)
    exec(english[0], {})  # noqa: S102
    assert capsys.readouterr().out.startswith("120 [(2018, ")


def test_french_pages_keep_their_spaces_together() -> None:
    space = {}
    exec((DOCS / "theme" / "french.py").read_text(encoding="utf-8"), space)  # noqa: S102
    html = '<p title="a : b">Lire « ceci » : 1 234 lignes ; 5 %</p><code>a : b</code>'
    assert space["french_spaces"](html) == (
        '<p title="a : b">Lire «\u00a0ceci\u00a0»\u00a0: 1\u202f234 lignes\u00a0; 5\u00a0%</p>'
        "<code>a : b</code>"
    )
