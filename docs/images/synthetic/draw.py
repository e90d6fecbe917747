# ruff: noqa: S608 — queries are built from fixed texts over a folder the developer names
"""Draw the distributions of a synthetic SNDS: ``python docs/images/synthetic/draw.py FOLDER``.

FOLDER is what ``snds-omop synth --persons 20000 --seed 1 --years 2018-2022 --output FOLDER`` wrote.
The pictures in this folder are plain SVG, written by the few lines below; texts are bilingual.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from etl.synthetic.catalogue import natures, read
from etl.synthetic.numbers import interpolate_log
from etl.synthetic.population import settings

NATURES = {
    "3313": "médicaments 65 % / drugs 65 %", "3111": "soins infirmiers AMI / nurse",
    "1111": "consultation généraliste / GP", "3312": "médicaments 30 % / drugs 30 %",
    "3112": "soins infirmiers AIS / home nurse", "3125": "kiné articulaire / physiotherapy",
    "3211": "biologie / laboratory", "1112": "consultation spécialiste / specialist",
    "1352": "acte technique / technical act", "3341": "médicaments 15 % / drugs 15 %",
    "3122": "kiné AMK / physiotherapy", "1351": "imagerie / imaging",
    "1842": "déplacement / travel", "1211": "visite / home visit",
}  # fmt: skip
DIAGNOSES = {
    "R104": "douleur abdominale / belly pain", "R074": "douleur thoracique / chest pain",
    "H259": "cataracte / cataract", "H251": "cataracte nucléaire / nuclear cataract",
    "R53": "malaise, fatigue / malaise", "R55": "syncope / fainting", "R51": "céphalée / headache",
    "K529": "gastro-entérite / gastroenteritis", "Z380": "naissance / birth",
    "K210": "oesophagite / oesophagitis", "O800": "accouchement / delivery",
    "I501": "insuffisance cardiaque / heart failure", "K573": "diverticules / diverticula",
    "K635": "polype / polyp", "A419": "sepsis / sepsis", "R509": "fièvre / fever",
    "J189": "pneumopathie / pneumonia", "K590": "constipation / constipation",
    "R060": "dyspnée / breathlessness", "D126": "adénome du côlon / adenoma",
}  # fmt: skip
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
    return f"{value:,.0f}".replace(",", " ") if value >= 100 else f"{value:.3g}"


def _ticks(top: float) -> list[float]:
    """Round values from zero to just above ``top``."""
    rough = top / 4
    size = 10.0 ** np.floor(np.log10(rough))
    step = size * next(one for one in (1, 2, 2.5, 5, 10) if size * one >= rough)
    return [step * rank for rank in range(int(np.ceil(top / step)) + 1)]


def _axis(marks: Sequence[tuple[float, str]]) -> list[str]:
    """Horizontal lines with their names; places are shares of the height."""
    lines = []
    for place, name in marks:
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * place
        lines.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 4}" y="{y + 4:.1f}" text-anchor="end">{name}</text>'
        )
    return lines


def bars(
    title: str, labels: Sequence[str], series: Series, unit: str = "", log: float | None = None
) -> str:
    """Bars side by side, one group for each label; ``log``: smallest value of a log scale."""
    top = max(max(values) for values in series.values())
    if log:
        powers = range(round(np.log10(log)), int(np.ceil(np.log10(top))) + 1)
        span = len(powers) - 1
        marks = [((one - powers[0]) / span, f"{10.0**one:g}{unit}") for one in powers]
        shares = [
            [max(0.0, (np.log10(max(v, log)) - powers[0]) / span) for v in values]
            for values in series.values()
        ]
    else:
        ticks = _ticks(top)
        marks = [(one / ticks[-1], f"{_number(one)}{unit}") for one in ticks]
        shares = [[value / ticks[-1] for value in values] for values in series.values()]
    group = (WIDTH - LEFT - 8) / len(labels)
    wide = group * 0.8 / len(series)
    body = _axis(marks)
    for rank, values in enumerate(shares):
        for place, value in enumerate(values):
            tall = (HEIGHT - BOTTOM - TOP) * value
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


def rows(title: str, labels: Sequence[str], series: Series, unit: str = "") -> str:
    """Bars that lie, so that their names can be read."""
    left, top = 300, max(max(values) for values in series.values())
    each = (HEIGHT - TOP - 12) / len(labels)
    thick = each * 0.8 / len(series)
    body = []
    for place, label in enumerate(labels):
        y = TOP + each * place
        body.append(
            f'<text x="{left - 6}" y="{y + each / 2 + 3:.1f}" text-anchor="end">{label}</text>'
        )
        for rank, values in enumerate(series.values()):
            long = (WIDTH - left - 60) * values[place] / top
            across = y + each * 0.1 + thick * rank
            body.append(
                f'<rect x="{left}" y="{across:.1f}" width="{long:.1f}" height="{thick:.1f}" '
                f'fill="{COLOURS[rank]}"/><text x="{left + long + 4:.1f}" '
                f'y="{across + thick / 2 + 3.5:.1f}" font-size="9">'
                f"{_number(values[place])}{unit}</text>"
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
        "conditions": "answers/conditions.csv", "drugs": "answers/drugs.csv",
        "tests": "DE_DEP_F.csv",
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
        "and code not in ('Z491', 'Z511') group by 1 order by 2 desc limit 14"
    ).fetchall()
    waves = [f"{year}-{month:02d}" for year in (2020, 2021, 2022) for month in range(1, 13)]
    covid = table(
        "select right(EXE_SOI_DTD, 4) || '-' || substr(EXE_SOI_DTD, 4, 2), count(*) from tests "
        "where TES_RES_COD = 'P' group by 1"
    )
    packs = read("codes_cip").select("cip13", "atc", "label_fr")
    base.register("packs", packs.to_arrow())
    drugs = base.execute(
        "select any_value(label_fr), sum(quantity::double) from drugs join packs "
        "on code = cip13 group by atc order by 2 desc limit 14"
    ).fetchall()
    hospital = table(
        "select (t.y - birth_year::int) // 10 * 10, 100.0 * count(v.person_key) / count(*) from "
        "persons p cross join unnest(range(2018, 2023)) t(y) left join (select distinct "
        "person_key, right(start_date, 4)::int as y from visits where source in ('MCO', 'SSR', "
        "'HAD', 'RIP')) v on v.person_key = p.person_key and v.y = t.y where birth_year::int <= "
        "t.y and coalesce(right(death_date, 4)::int, 9999) >= t.y group by 1"
    )
    decades = [str(age) for age in range(0, 100, 10)]
    return {
        "hospital.svg": bars(
            "Hospitalisés dans l'année, selon l'âge / In hospital in the year, by age (%)", decades,
            {"personnes / persons": [hospital.get(age, 0) for age in decades]}, "%",
        ),
        "drugs.svg": rows(
            "Boîtes délivrées, par substance / Boxes dispensed, by substance",
            [" ".join(str(label).split()[:3]) for label, _ in drugs],
            {"boîtes / boxes": [float(count) for _, count in drugs]},
        ),
        "age.svg": bars("Personnes par âge en 2020 / Persons by age in 2020", ages, pyramid),
        "mortality.svg": bars(
            "Décès par an pour 1 000 / Deaths a year per 1,000", bands,
            {"produits / made": [seen.get(b, 0) for b in bands], "loi / law": law}, log=0.1,
        ),
        "natures.svg": rows(
            "Lignes par nature de prestation / Lines by nature (PRS_NAT_REF)",
            [f"{code} {NATURES.get(code, '')}" for code in codes],
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
        "diagnoses.svg": rows(
            "Diagnostics principaux, hors séances / Main diagnoses, sessions left out (MCO)",
            [f"{code} {DIAGNOSES.get(str(code), '')}" for code, _ in top],
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
