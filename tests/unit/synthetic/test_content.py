"""Pathways a clinician may change: they must stay readable by the generator."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from etl.synthetic.catalogue import ACT, DEVICE, DRUG, HOSPITAL_DRUG, TEST, catalogue, natures, read
from etl.synthetic.content import (
    ActStep,
    AmbulatoryStep,
    CareStep,
    DeviceStep,
    DrugStep,
    HospitalDrugStep,
    LabStep,
    Pathway,
    StayStep,
    VisitStep,
    pathways,
)
from etl.synthetic.dispensing import LASTING, PASSING
from etl.synthetic.forms import FORM
from etl.synthetic.population import settings
from etl.synthetic.tail import TAIL

STEPS = [(pathway.id, step) for pathway in pathways() for step in pathway.steps]


def test_there_are_more_than_twenty_pathways_in_two_languages() -> None:
    assert len(pathways()) >= 20
    assert all(set(pathway.title) == {"fr", "en"} for pathway in pathways())


def test_every_code_is_in_its_list() -> None:
    known = set(catalogue().numbers)
    used: set[tuple[int, str]] = set()
    for _, step in STEPS:
        match step:
            case DrugStep():
                used |= {(DRUG, code) for code in step.drug if code not in (LASTING, PASSING)}
            case LabStep():
                used |= {(TEST, code) for code in step.tests}
            case ActStep():
                used |= {(ACT, code) for code in step.act}
            case DeviceStep():
                used |= {(DEVICE, code) for code in step.device}
            case HospitalDrugStep():
                used |= {(HOSPITAL_DRUG, code) for code in step.hospital_drug}
            case StayStep():
                used |= {(ACT, code) for code in (*step.acts, *step.operation)}
                used |= {(HOSPITAL_DRUG, code) for code in step.costly_drugs}
                used |= {(DEVICE, code) for code in step.implants}
            case _:
                pass
    assert {(kind, code) for kind, code in used if code != TAIL} <= known


def test_a_code_is_listed_once() -> None:
    assert len(catalogue().numbers) == catalogue().frame.height


def test_every_diagnosis_is_in_its_list() -> None:
    known = set(read("codes_cim10")["code"])
    used: set[str] = set()
    for pathway in pathways():
        used |= set(pathway.death.cause) if pathway.death else set()
        used |= set(pathway.ald.codes) if pathway.ald else set()
        used |= {pathway.comorbidity} - {None}
        used |= set(pathway.forms)
        for step in pathway.steps:
            if isinstance(step, StayStep):
                used |= {*step.main, *step.related, *step.associated}
                used |= {code for reasons in step.main_of.values() for code in reasons}
            if isinstance(step, AmbulatoryStep):
                used |= set(step.main)
    for causes in settings()["causes_of_death"].values():
        used |= set(causes)
    assert used - {FORM} <= known


def test_a_form_is_named_only_where_there_are_forms() -> None:
    for pathway in pathways():
        words = set(pathway.death.cause) if pathway.death else set()
        words |= set(pathway.ald.codes) if pathway.ald else set()
        for step in pathway.steps:
            if isinstance(step, StayStep):
                words |= {*step.main, *step.related, *step.associated}
        assert FORM not in words or pathway.forms or pathway.onset.cause, pathway.id


def test_every_group_nature_and_provider_is_in_its_list() -> None:
    groups = set(read("codes_ghm")["ghm"])
    known = set(natures()["code"])
    types = set(read("provider_types")["type"])
    for name, step in STEPS:
        if isinstance(step, StayStep) and step.field == "mco":
            assert set(step.stay) <= groups, name
        if isinstance(step, VisitStep):
            assert set(step.visit) <= known, name
        if isinstance(step, CareStep):
            assert set(step.care) <= known, name
        assert getattr(step, "by", "gp") in types, name


def test_a_drug_is_of_the_class_of_its_code() -> None:
    for cip13, cip7 in read("codes_cip").select("cip13", "cip7").iter_rows():
        assert cip13[:5] == "34009" and cip13[5:12] == cip7
        weighted = sum(
            int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(cip13[:12])
        )
        assert int(cip13[12]) == -weighted % 10


def test_code_lists_name_their_source() -> None:
    from etl.synthetic.catalogue import DATA

    for path in sorted(DATA.glob("codes_*.csv")):
        assert "ource" in path.read_text(encoding="utf-8")[:900] or path.stem == "codes_gme", path


@pytest.mark.parametrize(
    "change",
    [
        {"id": "Not An Id"},
        {"steps": [{"drug": "3400934744198", "until": 10}]},
        {"steps": [{"unknown": 1}]},
        {"steps": [{"drug": "3400934744198", "evry": 10}]},
        {"steps": [{"drug": "3400934744198", "form": "C61"}]},
    ],
)
def test_a_mistake_in_a_pathway_is_refused(change: dict[str, object]) -> None:
    good = {
        "id": "example",
        "title": {"fr": "Exemple", "en": "Example"},
        "onset": {"incidence": {"all": {0: 1}}},
        "steps": [{"drug": "3400934744198", "every": 30, "until": 90}],
    }
    Pathway.model_validate(good)
    with pytest.raises(ValidationError):
        Pathway.model_validate(good | change)
