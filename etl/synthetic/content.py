"""Care pathways as clinicians write them: the form of ``data/pathways/*.yml``.

Days are counted from the onset of the case (conception for a pregnancy, birth for a child).
Rates are yearly, per 100,000 persons; they are linear between the ages given.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from etl.synthetic.catalogue import DATA


def _weights(value: Any) -> Any:
    """A lone code or a list of codes is a choice of equal weights; codes are text."""
    if isinstance(value, (str, int)):
        value = [value]
    if isinstance(value, list):
        value = dict.fromkeys(value, 1.0)
    return {str(code): weight for code, weight in value.items()}


def _list(value: Any) -> Any:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


Choice = Annotated[dict[str, float], BeforeValidator(_weights)]
Shares = Annotated[dict[str, float], BeforeValidator(_weights)]
Codes = Annotated[list[str], BeforeValidator(_list)]
Curve = dict[int, float]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Rates(_Model):
    """By sex, or the same for both."""

    men: Curve = {}
    women: Curve = {}
    all: Curve = {}


class Onset(_Model):
    """Who falls ill and when."""

    incidence: Rates | None = Field(None, description="new cases a year per 100,000")
    prevalence: Rates | None = Field(None, description="ill on the first day, per 100")
    years_before: float = Field(8, description="how long ago those fell ill, at most")
    recurrent: bool = Field(False, description="may happen again to the same person")
    yearly: bool = Field(False, description="at most once a calendar year, often the same persons")
    season: Literal["none", "winter", "spring", "summer", "covid", "flu"] = "none"
    years: tuple[int, int] | None = Field(None, description="calendar years it exists in")
    frail: bool = Field(False, description="the same persons come more often than others")
    driver: Literal["rates", "mother", "newborn", "dying"] = "rates"
    before: int = Field(0, description="driver dying: days before death")
    cause: str | None = Field(
        None, description="driver dying: only deaths of this cause that no pathway explains"
    )


class Death(_Model):
    """Deaths that the illness explains."""

    early: float = Field(0, description="share of new cases that die of it soon")
    early_by_age: Curve = Field({}, description="the same by age, in place of `early`")
    early_by_year: dict[int, float] = Field({}, description="factor of a calendar year; else 1")
    beyond: float = Field(0, description="share of these deaths that the law does not contain")
    within: int = Field(30, description="days in which those die")
    yearly: float = Field(0, description="share of survivors that die of it each year")
    cause: Choice


class Ald(_Model):
    """Long-term disease: full cover asked for the illness."""

    codes: Choice
    share: float = 1
    after: int = 20
    years: int | None = Field(None, description="empty: lifelong (2099-12-31)")
    renewed: float = Field(0.55, description="share of the rights that end and are renewed once")
    kind: Literal[41, 43, 45] = 41


class Step(_Model):
    """When, how often and for whom; every step has these."""

    start: int = Field(0, alias="from")
    every: int | None = None
    until: int | None = Field(None, description="last day; empty with `every`: lifelong")
    days: list[int] = Field([0], description="days of each repetition: [0, 2, 4] is thrice")
    jitter: int = 0
    share: float = Field(1, description="share of the cases that have this step at all")
    keep: float = Field(1, description="share of the repetitions that take place")
    age: tuple[int, int] | None = None
    sex: Literal["men", "women"] | None = None
    years: tuple[int, int] | None = Field(None, description="calendar years it exists in")
    branch: Codes = Field([], description="only for the cases that take one of these branches")
    unless: Codes = Field(
        [], description="pathways that already bring it: not for those who are in one"
    )
    form: Codes = Field([], description="only for the cases of one of these forms")
    together: str | None = Field(
        None, description="steps of the same name concern the same cases (drawn once by `share`)"
    )
    twins: bool | None = Field(None, description="only for twins and their mothers, or for others")


class DrugStep(Step):
    """One product of the list, fit for the age (`codes_cip.csv`), is chosen for the case and
    dispensed each time; `lasting` and `passing`: a product of the long tail
    (`tail_cip.csv`) that is taken for months, or for days."""

    drug: Choice
    boxes: int = 1
    by: str = "gp"


class VisitStep(Step):
    """A consultation, visit or other act of the nomenclature of natures (PRS_NAT_REF)."""

    visit: Choice
    by: str = "gp"
    quantity: int = 1
    hospital: float = Field(0, description="share held in a public hospital's external clinic")


class LabStep(Step):
    """Laboratory tests taken together; `tail`: one of the long tail (`tail_nabm.csv`)."""

    tests: Codes
    by: str = "gp"


class ActStep(Step):
    """One technical act (CCAM) of a liberal practitioner; `tail`: one of the long tail
    (`tail_ccam.csv`) that such a practitioner does, never the only one of the list."""

    act: Choice
    by: str
    hospital: float = 0


class CareStep(Step):
    """Nursing, physiotherapy, transport, allowance…: a nature, its executor and a quantity."""

    care: Choice
    by: str
    quantity: int = 1


class DeviceStep(Step):
    """Devices (LPP) delivered together; `tail`: one of the long tail (`tail_lpp.csv`)."""

    device: Codes
    by: str = "supplier"
    quantity: int = 1


class HospitalDrugStep(Step):
    """Retrocession: a hospital drug dispensed to an outpatient."""

    hospital_drug: Choice
    quantity: int = 1


class Act(_Model):
    """Act of a stay."""

    share: float = 1
    day: int = 0
    anaesthesia: bool = False


class AmbulatoryStep(Step):
    """Ambulatory psychiatric act of a public hospital: E interview, D visit, G group, A, R."""

    ambulatory: Choice
    main: Choice = {}


class StayStep(Step):
    """A hospital stay, or a series of them."""

    stay: Choice = Field(description="GHM by weight (MCO), or the kind of care elsewhere")
    field: Literal["mco", "ssr", "had", "rip"] = "mco"
    main: Choice = {}
    main_of: dict[str, Choice] = Field({}, description="main diagnoses by group, in place of main")
    related: Choice = {}
    tail: float = Field(
        0, description="share whose main diagnosis and group are of the long tail (tail_cim10.csv)"
    )
    associated: Shares = Field({}, description="share of stays with the diagnosis")
    acts: dict[str, Act] = {}
    operation: Choice = Field({}, description="one act of the list, under anaesthesia")
    nights: tuple[int, int] = (0, 0)
    sessions: bool = Field(False, description="GHM of CMD 28: no length of stay")
    units: int = Field(1, description="medical units one after the other")
    unit_types: Codes = ["53"]
    entry: Literal["home", "emergency", "transfer", "birth"] = "home"
    exit: Choice = {"home": 1.0}
    private: float = Field(0, description="share of private clinics")
    dies: float = Field(0, description="share of the case's deaths that happen during this stay")
    costly_drugs: Shares = Field({}, description="UCD: quantity")
    implants: Shares = Field({}, description="LPP: number")
    link: bool = Field(False, description="stay of a mother or of her child at birth")

    @model_validator(mode="after")
    def _has_a_reason(self) -> StayStep:
        if bool(self.main) == bool(self.main_of) or (
            self.main_of and set(self.main_of) != set(self.stay)
        ):
            raise ValueError("a stay has `main`, or `main_of` with each of its groups")
        return self


_KINDS = ("stay", "ambulatory", "hospital_drug", "drug", "visit", "tests", "act", "care", "device")


def _kind(value: Any) -> str | None:
    """A step is known by its first word."""
    return next((kind for kind in _KINDS if kind in value), None) if value else None


AnyStep = Annotated[
    Annotated[DrugStep, Tag("drug")]
    | Annotated[VisitStep, Tag("visit")]
    | Annotated[LabStep, Tag("tests")]
    | Annotated[ActStep, Tag("act")]
    | Annotated[CareStep, Tag("care")]
    | Annotated[DeviceStep, Tag("device")]
    | Annotated[HospitalDrugStep, Tag("hospital_drug")]
    | Annotated[AmbulatoryStep, Tag("ambulatory")]
    | Annotated[StayStep, Tag("stay")],
    Discriminator(_kind),
]


class Pathway(_Model):
    """One condition or need, and the care it brings."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    title: dict[Literal["fr", "en"], str]
    sources: list[str] = Field([], description="where the orders of magnitude come from")
    onset: Onset
    death: Death | None = None
    ald: Ald | None = None
    branches: Choice = Field({}, description="courses, by weight: each case takes one")
    forms: Choice = Field(
        {},
        description="diagnosis of the case, by weight, among those its sex and age allow; the "
        "word `form` stands for it in diagnoses, in the cover and in the cause of death",
    )
    unless: Codes = Field([], description="nothing of it once one of these pathways has begun")
    never_before: Codes = Field([], description="no case in those who enter one of these later")
    comorbidity: str | None = Field(
        None, description="associated diagnosis that other stays of the ill carry"
    )
    during_pregnancy: bool = Field(True, description="false: nothing of it while she is pregnant")
    steps: list[AnyStep]

    @model_validator(mode="after")
    def _coherent(self) -> Pathway:
        for step in self.steps:
            if not set(step.branch) <= set(self.branches):
                raise ValueError(f"{self.id}: a step names a branch that is not in `branches`")
            if not set(step.form) <= set(self.forms):
                raise ValueError(f"{self.id}: a step names a form that is not in `forms`")
            if step.until is not None and step.every is None:
                raise ValueError(f"{self.id}: `until` needs `every`")
        return self


@cache
def pathways() -> tuple[Pathway, ...]:
    """All pathways in the order of their ids.

    Raises:
        ValueError: two files hold the same id, or a step is `unless` a pathway that is not there.
    """
    found = [
        Pathway.model_validate(one)
        for path in sorted((DATA / "pathways").glob("*.yml"))
        for one in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    found.sort(key=lambda pathway: pathway.id)
    ids = [pathway.id for pathway in found]
    if len(ids) != len(set(ids)):
        raise ValueError("two pathways share an id")
    others = {other for one in found for step in one.steps for other in step.unless}
    others |= {other for one in found for other in (*one.unless, *one.never_before)}
    if others - set(ids):
        raise ValueError(f"`unless` names no pathway: {sorted(others - set(ids))}")
    return tuple(found)
