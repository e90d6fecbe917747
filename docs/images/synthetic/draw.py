# ruff: noqa: S608 — queries are built from fixed texts over a folder the developer names
"""Draw the distributions of a synthetic SNDS: ``python docs/images/synthetic/draw.py FOLDER``.

FOLDER is what ``snds-omop synth --persons 20000 --seed 1 --years 2018-2022 --output FOLDER`` wrote.
The pictures beside this file are plain SVG, written by the few lines below; texts are bilingual.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from etl.synthetic.catalogue import natures
from etl.synthetic.numbers import interpolate_log
from etl.synthetic.population import settings

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 320, 56, 44, 46
COLOURS = ("#2a6f97", "#e07a5f", "#7a9e7e")
Series = dict[str, Sequence[float]]


def _frame(title: str, body: list[str], names: Sequence[str]) -> str:
    legend = "".join(
        f'<rect x="{LEFT + 190 * rank}" y="26" width="10" height="10" fill="{COLOURS[rank]}"/>'
        f'<text x="{LEFT + 190 * rank + 14}" y="35">{name}</text>'
        for rank, name in enumerate(names)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11" role="img"><title>{title}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{LEFT}" y="16" font-size="13" font-weight="bold">{title}</text>{legend}'
        f"{''.join(body)}</svg>\n"
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _axis(top: float, unit: str) -> list[str]:
    """Four horizontal lines with their values."""
    lines = []
    for step in range(5):
        value = top * step / 4
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * step / 4
        lines.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 4}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}{unit}</text>'
        )
    return lines


def bars(title: str, labels: Sequence[str], series: Series, unit: str = "") -> str:
    """Bars side by side, one group for each label."""
    top = max(max(values) for values in series.values()) * 1.05
    group = (WIDTH - LEFT - 8) / len(labels)
    wide = group * 0.8 / len(series)
    body = _axis(top, unit)
    for rank, values in enumerate(series.values()):
        for place, value in enumerate(values):
            tall = (HEIGHT - BOTTOM - TOP) * value / top
            x = LEFT + group * place + group * 0.1 + wide * rank
            body.append(
                f'<rect x="{x:.1f}" y="{HEIGHT - BOTTOM - tall:.1f}" width="{wide:.1f}" '
                f'height="{tall:.1f}" fill="{COLOURS[rank]}"/>'
            )
    # Labels must not run into each other.
    every = max(1, -(-len(labels) * (len(labels[0]) * 7 + 6) // (WIDTH - LEFT)))
    for place, label in enumerate(labels):
        if place % every == 0:
            x = LEFT + group * (place + 0.5)
            body.append(
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{label}</text>'
            )
    return _frame(title, body, list(series))


def _view(base: duckdb.DuckDBPyConnection, folder: Path, name: str, pattern: str) -> None:
    base.execute(
        f"create view {name} as select * from read_csv('{folder}/{pattern}', delim=';', "
        "header=true, all_varchar=true, union_by_name=true, filename=true, quote='')"
    )


def pictures(folder: Path) -> dict[str, str]:
    """All pictures by file name."""
    base = duckdb.connect()
    for name, pattern in {
        "persons": "answers/persons.csv", "prs": "ER_PRS_F_*.csv", "visits": "answers/visits.csv",
        "conditions": "answers/conditions.csv", "ben": "IR_BEN_R.csv", "tests": "DE_DEP_F.csv",
    }.items():  # fmt: skip
        _view(base, folder, name, pattern)

    def table(query: str) -> dict[str, float]:
        return {str(key): float(value) for key, value in base.execute(query).fetchall()}

    ages = [str(age) for age in range(0, 100, 5)]
    pyramid = {
        name: [
            table(
                "select (least(2020 - birth_year::int, 99) // 5) * 5, count(*) from persons "
                f"where sex = '{sex}' and birth_year::int <= 2020 "
                "and coalesce(right(death_date, 4)::int, 9999) >= 2020 group by 1"
            ).get(age, 0)
            for age in ages
        ]
        for sex, name in (("1", "hommes / men"), ("2", "femmes / women"))
    }
    bands = [str(age) for age in range(20, 100, 10)]
    seen = table(
        "select (y - birth_year::int) // 10 * 10, 1000.0 * count(*) filter (where "
        "right(death_date, 4)::int = y) / count(*) from persons, unnest(range(2018, 2023)) t(y) "
        "where birth_year::int <= y and coalesce(right(death_date, 4)::int, 9999) >= y group by 1"
    )
    law = [
        float(
            np.mean(
                [
                    interpolate_log(settings()["mortality"][sex], np.arange(int(b), int(b) + 10.0))
                    for sex in ("men", "women")
                ]
            )
        )
        for b in bands
    ]
    published = {
        code: float(share)
        for code, share in natures().select("code", "share_2014").drop_nulls().iter_rows()
        if float(share) > 0.9
    }
    total = table("select 'all', count(*) from prs")["all"]
    shares = table(
        f"select case PRS_NAT_REF when '1110' then '1111' else PRS_NAT_REF end, "
        f"100.0 * count(*) / {total} from prs group by 1"
    )
    codes = sorted(published, key=lambda code: -published[code])[:15]
    months = [f"{month:02d}" for month in range(1, 13)]
    season = table(
        "select substr(start_date, 4, 2), count(*) from visits where source = 'DCIR' "
        "and kind = 'office' group by 1"
    )
    stays = table(
        "select substr(start_date, 4, 2), count(*) from visits where kind like '%inpatient' "
        "group by 1"
    )
    lag = table(
        "select least(datediff('month', strptime(EXE_SOI_DTD, '%d/%m/%Y'), "
        "strptime(FLX_DIS_DTD, '%d/%m/%Y')), 24), 100.0 * count(*) / "
        f"{total} from prs where right(EXE_SOI_DTD, 4) between '2018' and '2022' group by 1"
    )
    delays = [str(month) for month in range(1, 13)]
    top = base.execute(
        "select code, count(*) from conditions where role = 'primary' and source = 'MCO' "
        "group by 1 order by 2 desc limit 14"
    ).fetchall()
    waves = [f"{year}-{month:02d}" for year in (2020, 2021, 2022) for month in range(1, 13)]
    covid = table(
        "select right(EXE_SOI_DTD, 4) || '-' || substr(EXE_SOI_DTD, 4, 2), count(*) from tests "
        "where TES_RES_COD = 'P' group by 1"
    )
    return {
        "age.svg": bars("Personnes par âge en 2020 / Persons by age in 2020", ages, pyramid),
        "mortality.svg": bars(
            "Décès par an pour 1 000 / Deaths a year per 1,000", bands,
            {"produits / made": [seen.get(b, 0) for b in bands], "loi / law": law},
        ),
        "natures.svg": bars(
            "Natures de prestation / Natures of lines (PRS_NAT_REF, %)", codes,
            {"produites / made": [shares.get(c, 0) for c in codes],
             "juin 2014 / June 2014": [published[c] for c in codes]}, "%",
        ),
        "season.svg": bars(
            "Mois / Month of the year (%)", months,
            {"visites de ville / town visits": [season.get(m, 0) / sum(season.values()) * 100
                                                for m in months],
             "séjours / inpatient stays": [stays.get(m, 0) / sum(stays.values()) * 100
                                           for m in months]}, "%",
        ),
        "flux.svg": bars(
            "Mois entre le soin et le flux / Months from care to flux (%)", delays,
            {"lignes / lines": [lag.get(d, 0) for d in delays]}, "%",
        ),
        "diagnoses.svg": bars(
            "Diagnostics principaux MCO / Main diagnoses of stays", [str(code) for code, _ in top],
            {"séjours / stays": [float(count) for _, count in top]},
        ),
        "covid.svg": bars(
            "Tests Covid-19 positifs / Positive Covid-19 tests", waves,
            {"tests": [covid.get(month, 0) for month in waves]},
        ),
    }  # fmt: skip


if __name__ == "__main__":
    for name, picture in pictures(Path(sys.argv[1])).items():
        (HERE / name).write_text(picture, encoding="utf-8")
