"""`snds-omop demo`."""

from __future__ import annotations

import shutil

import click

from etl.cli.console import Console


@click.command()
@click.option(
    "--persons",
    type=click.IntRange(min=10),
    default=1000,
    show_default=True,
    help="Number of made-up persons.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.pass_obj
def command(console: Console, persons: int, seed: int) -> int:
    """Synthetic SNDS to a finished release, in one go; prints where everything is.

    The persons are made up. Example: snds-omop demo --persons 200
    """
    from etl.cli.pipeline import run_pipeline
    from etl.loaders.manifest import Delivery
    from etl.synthetic import generate
    from etl.synthetic.mark import refuse_real

    delivery = console.workspace.root / "demo-delivery"
    refuse_real(Delivery.load(console.workspace.manifest), delivery)
    console.workspace.create()
    with console.progress(
        f"0/4 synthetic SNDS of {persons:,} persons",
        f"0/4 SNDS synthétique de {console.number(persons)} personnes",
    ) as progress:
        generate(
            delivery,
            persons=persons,
            seed=seed,
            years=range(2018, 2023),
            file_format="csv",
            progress=progress,
        )
    # the answer key is no part of a delivery
    answers = console.workspace.root / "demo-answers"
    shutil.rmtree(answers, ignore_errors=True)
    (delivery / "answers").rename(answers)
    console.say(f"  delivery: {delivery}", f"  livraison : {delivery}")
    console.say(f"  answers:  {answers}", f"  corrigé :   {answers}")
    return run_pipeline(console, delivery, year=None)
