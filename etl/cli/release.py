"""`snds-omop release`: create, list, compare, promote, roll back, verify, extract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etl.cli import permits
from etl.cli.completion import release_ids
from etl.cli.console import Console
from etl.cli.site import warn_site

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from etl.release import Release
    from etl.settings import Settings


@click.group(invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> Any:
    """Create, list, compare, promote, roll back, verify releases; extract parts of them."""
    if context.invoked_subcommand is None:
        return context.invoke(create)
    return None


command.add_command(permits.extract)
command.add_command(permits.end_permit)


@command.command()
@click.option(
    "--reproduce",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="MANIFEST",
    help="Build again as this manifest states; refuse unless every CDM table has its hash.",
)
@click.pass_obj
def create(console: Console, reproduce: Path | None) -> int:
    """Make the candidate the current release, once its cohorts are counted.

    With --reproduce, the candidate is first built again with the settings of the manifest.
    """
    from data_quality.cohorts import run_cohorts
    from etl import release

    settings = console.settings
    wanted = release.read_manifest(reproduce.parent, reproduce.name) if reproduce else None
    with console.workspace.locked():
        if wanted:
            settings = release.settings_to_reproduce(wanted, settings)
            _rebuild(console, settings)
        with console.progress("release") as progress:
            run_cohorts(console.workspace, settings)
            made = release.create(console.workspace, settings, reproduce=wanted, progress=progress)
    if made.is_new:
        _say_current(console, made)
    else:
        console.say(
            f"release {made.id} holds this content already; it is current: {made.database}",
            f"la version {made.id} a déjà ce contenu ; elle est en service : {made.database}",
        )
        _warn_format(console, made, settings)
    warn_site(console)
    return console.answer(
        {
            "release": made.id,
            "new": made.is_new,
            "format": made.manifest.tables_format,
            "database": str(made.database),
        }
    )


@command.command("list")
@click.pass_obj
def list_(console: Console) -> int:
    """Show releases, oldest first; * marks the current one."""
    from etl import release

    present = release.current_name(console.workspace)
    rows: list[dict[str, Any]] = [
        {
            "release": found.id,
            "current": found.id == present,
            "created_at": found.manifest.created_at.isoformat(),
            "persons": found.manifest.rows("person"),
            "vocabulary": found.manifest.identity.vocabulary_version,
            "format": found.manifest.tables_format,
            "refused": found.manifest.is_refused,
            "replaces": found.manifest.replaces,
        }
        for found in release.releases(console.workspace)
    ]
    for row in rows:
        mark = "*" if row["current"] else " "
        made, persons = row["created_at"][:16].replace("T", " "), f"{row['persons']:>11,}"
        persons_fr = persons.replace(",", "\u202f")
        refused, refused_fr = ("  REFUSED", "  REFUSÉE") if row["refused"] else ("", "")
        about = f"{mark} {row['release']}  {made} UTC"
        console.say(
            f"{about}  {persons} persons  {row['vocabulary']}{refused}",
            f"{about}  {persons_fr} personnes  {row['vocabulary']}{refused_fr}",
        )
    damaged = release.damaged_releases(console.workspace)
    for error in damaged.values():
        console.warn(error.line(), error.line("fr"))
    if present is not None and present not in {*damaged, *(row["release"] for row in rows)}:
        console.warn(
            f"`current` leads to {present}, which is not there: promote another release",
            f"`current` mène à {present}, qui n'existe pas : mettez une autre version en service",
        )
    if not rows and not damaged:
        root = console.workspace.root
        if root.is_dir():
            console.say("no release yet", "aucune version pour l'instant")
        else:
            console.say(
                f"no release: {root} does not exist; give --workspace DIR",
                f"aucune version : {root} n'existe pas ; donnez --workspace DOSSIER",
            )
    extracts = permits.listed(console)
    return console.answer({"releases": rows, "damaged": sorted(damaged), "extracts": extracts})


@command.command()
@click.argument("before", shell_complete=release_ids)
@click.argument("after", shell_complete=release_ids)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the two files; default: <workspace>/diffs.",
)
@click.pass_obj
def diff(console: Console, before: str, after: str, output: Path | None) -> int:
    """State what changed from release BEFORE to release AFTER, as JSON and as a page."""
    from etl import release

    one, other = (release.find(console.workspace, name) for name in (before, after))
    limits = console.settings.engine.duckdb(console.workspace.build / "spill")
    with console.progress("release diff"):
        found = release.difference(one, other, limits)
    folder = output or console.workspace.root / "diffs"
    minimum = console.settings.privacy.minimum_count
    files = release.write_difference(found, folder, console.lang, minimum)
    persons, failures = found["persons"], found["checks"]["new_failures"]
    left = found["withdrawn"]["after"]
    tables = len(found["tables"])
    console.say(
        f"persons: {persons['in']} new, {persons['out']} gone, {persons['renumbered']} renumbered; "
        f"{left['persons']} excluded, {left['rows']} rows withdrawn; {tables} tables changed; "
        f"{len(failures)} new failures",
        f"personnes : {persons['in']} nouvelles, {persons['out']} parties, "
        f"{persons['renumbered']} renumérotées ; {left['persons']} exclues, {left['rows']} lignes "
        f"retirées ; {tables} tables changées ; {len(failures)} nouveaux échecs",
    )
    for file in files:
        console.say(str(file))
    return console.answer({**found, "files": [str(file) for file in files]})


@command.command()
@click.argument("release_id", shell_complete=release_ids)
@click.pass_obj
def promote(console: Console, release_id: str) -> int:
    """Make RELEASE_ID current."""
    from etl import release
    from etl.release import audit_log

    with console.workspace.locked():
        release.find(console.workspace, release_id)  # without any release, no key is made
        made = release.promote(console.workspace, release_id, _trusted(console))
        audit_log.append(console.workspace, "release promote", release=made.id)
    _say_current(console, made)
    return console.answer({"release": made.id, "database": str(made.database)})


@command.command()
@click.argument("release_id", default="current", shell_complete=release_ids)
@click.pass_obj
def pin(console: Console, release_id: str) -> int:
    """Keep RELEASE_ID when older releases are removed; published ones are kept anyway."""
    from etl.release import audit_log
    from etl.release.pins import pin

    with console.workspace.locked():
        pinned = pin(console.workspace, release_id)
        audit_log.append(console.workspace, "release pin", release=pinned)
    console.say(f"release {pinned} is pinned", f"la version {pinned} est conservée")
    return console.answer({"release": pinned, "pinned": True})


@command.command()
@click.pass_obj
def rollback(console: Console) -> int:
    """Make the release before the current one current."""
    from etl import release
    from etl.release import audit_log

    with console.workspace.locked():
        if release.current_name(console.workspace) is None:
            release.find(console.workspace, "current")  # the refusal; no key is made
        made = release.rollback(
            console.workspace,
            _trusted(console, may_be_lost=True),
            passed_over=lambda _, error: console.warn(error.line(), error.line("fr")),
        )
        audit_log.append(console.workspace, "release rollback", release=made.id)
    _say_current(console, made)
    return console.answer({"release": made.id, "database": str(made.database)})


@command.command()
@click.argument("release_id", default="current", shell_complete=release_ids)
@click.option(
    "--public-key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Key of the holder who signed; default: the key of this workspace.",
)
@click.pass_obj
def verify(console: Console, release_id: str, public_key: Path | None) -> int:
    """Check signature, files and audit log; RELEASE_ID is the current one by default.

    RELEASE_ID may be the folder of an extract: then its signature and files are checked.
    """
    from etl import release
    from etl.clauses import Clause, joined
    from etl.errors import SndsOmopError
    from etl.release import audit_log

    extracted = Path(release_id)
    is_extract = len(extracted.parts) > 1 and extracted.is_dir()
    if is_extract:
        found = release.Release(extracted.resolve(), release.read_manifest(extracted))
    else:
        found = release.find(console.workspace, release_id)
    key = release.read_public_key(public_key) if public_key else _trusted(console)
    faults = [damage.clause for damage in release.verify(found, key)]
    every = [] if is_extract else release.releases(console.workspace)
    heads, ids = [other.manifest.audit_head for other in every], [other.id for other in every]
    faults += [
        Clause(f"audit log: {fault.english}", f"journal : {fault.french}")
        for fault in ([] if is_extract else audit_log.check(console.workspace, heads, ids))
    ]
    if faults:
        raise SndsOmopError("SO-903", *joined(faults), where=found.id)
    number = len(found.manifest.files)
    fingerprint = release.fingerprint_of(key)
    console.say(
        f"release {found.id}: signature and {number} files hold; key {fingerprint}",
        f"version {found.id} : la signature et {number} fichiers sont intacts ; clé {fingerprint}",
    )
    return console.answer(
        {"release": found.id, "files": len(found.manifest.files), "key": fingerprint}
    )


def _trusted(console: Console, *, may_be_lost: bool = False) -> Ed25519PublicKey:
    from etl import release

    pinned = console.settings.release.key_fingerprint
    return release.trusted_key(console.workspace, pinned, may_be_lost=may_be_lost)


def _say_current(console: Console, made: Release) -> None:
    console.say(
        f"release {made.id} is current: {made.database}",
        f"la version {made.id} est en service : {made.database}",
    )


def _warn_format(console: Console, made: Release, settings: Settings) -> None:
    """The content decides what a release is: another format alone makes no other one."""
    present, wanted = made.manifest.tables_format, settings.release.format
    if present != wanted:
        console.warn(
            f"release {made.id} keeps its format, {present}; `release.format = {wanted}` holds for "
            "the next one",
            f"la version {made.id} garde son format, {present} ; `release.format = {wanted}` vaut "
            "pour la prochaine",
        )


def _rebuild(console: Console, settings: Settings) -> None:
    """Build and validate with these settings, unless that is what stands there."""
    from data_quality import validate
    from etl.transform import build, is_current

    if not is_current(console.workspace, settings):
        with console.progress("build") as progress:
            build(console.workspace, settings, progress=progress)
        with console.progress("validate") as progress:
            validate(console.workspace, settings, progress=progress)
