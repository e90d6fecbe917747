"""Names of the site: what a release lacks before a network may read it."""

from __future__ import annotations

from etl.cli.console import Console


def warn_site(console: Console) -> None:
    """Warn that a release of real data states no site; the demo has none."""
    missing = console.settings.source.unstated()
    if not missing:
        return
    from etl.loaders.manifest import Delivery
    from etl.synthetic.mark import is_synthetic

    if is_synthetic(Delivery.load(console.workspace.manifest)):
        return
    names = ", ".join(f"source.{name}" for name in missing)
    console.warn(
        f"This release does not state whose data it holds: {names}. `snds-omop init` asks for "
        "them; files for a network are refused without (SO-140).",
        f"Cette version n'indique pas de qui viennent ses données : {names}. `snds-omop init` les "
        "demande ; sans eux, les fichiers destinés à un réseau sont refusés (SO-140).",
    )
