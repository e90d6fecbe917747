"""A rule switched off changes its own rows and no other: every rule that can be, one by one.

The delivery is built once. Of what dbt compiled, the models that a rule reaches are made again in
one DuckDB session with the condition of the rule struck out, and what became of every source row is
compared. `tests/integration/test_order.py` does it once with the setting itself.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.loaders import stage
from etl.progress import Silent
from etl.resources import mappings_dir
from etl.settings import RulesSettings, Settings
from etl.synthetic import generate
from etl.transform import build
from etl.vocabulary import load_demo
from etl.workspace import Workspace
from tests.golden import dcir_delivery as town
from tests.golden import hospital_delivery as hospitals

pytestmark = pytest.mark.slow

with (mappings_dir() / "rules" / "snds_rules.csv").open(encoding="utf-8", newline="") as _file:
    REGISTER = {row["rule_id"]: row["can_be_off"] == "yes" for row in csv.DictReader(_file)}
#: Rules on days of observation exclude no row: unit tests of `int_observation_period` show them.
OF_OBSERVATION = {"R50", "R51", "R52"}
CAN_BE_OFF = [
    rule for rule, can_be_off in REGISTER.items() if can_be_off and rule not in OF_OBSERVATION
]
#: Fates of a row that gives something: which of two rows carries the result may change.
KEPT = {"event": "kept", "merged": "kept"}

#: What is recorded of persons, whatever table of the CDM it goes to.
OF_PERSONS = {"int_event__unioned", "int_visit__unioned"}

Fates = dict[tuple[str, int], tuple[str, str | None]]


def extra_rows() -> dict[str, list[dict[str, str]]]:
    """Rows for the rules that neither the generator nor the other hand-made cases reach."""
    psa, clinic = hospitals.psa(1942), hospitals.CLINIC
    made = hospitals.Delivery()
    made.births.add(1942)
    made.add("IR_BEN_R", hospitals.beneficiary(1942))
    # R18, R22b, R26: a private stay that DCIR bills, drug included
    stay = made.stay(2019, "42", 1942, ("10/02/2019", "12/02/2019"), finess=clinic, SEJ_NBJ="2")
    made.add("T_MCO19FB", {**stay, "ACT_COD": "GHS", "FAC_MNT": "900.00", "AMO_MNR": "900.00"})
    made.add("T_MCO19FH", {**stay, "UCD_UCD_COD": hospitals.TAXOL, "QUA_COD": "1",
             "DEL_DAT_ENT": "0"})  # fmt: skip
    # R38a: nothing was given
    made.add("T_MCO19MED", {**stay, "UCD_UCD_COD": hospitals.TAXOL, "ADM_NBR": "0",
             "DELAI": "0"})  # fmt: skip
    lines = [
        town.line(901, psa, "10/02/2019", "3320", PFS_EXE_NUM="", BSE_REM_MNT="50.00"),
        town.line(902, psa, "11/02/2019", "4211"),  # R23: a transport
        town.line(903, psa, "12/02/2019", "3561"),
        town.line(904, psa, "11/02/2021", "1111", BSE_REM_MNT="25.00"),  # R04b: flux of March 2019
    ]
    made.add("ER_PRS_F_2019", *lines)
    made.add("ER_ETE_F_2019", {**town.key(901), "ETB_EXE_FIN": clinic[:8], "ETE_IND_TAA": "2",
             "ETE_MCO_DDP": "C"})  # fmt: skip
    made.add("ER_UCD_F_2019", {**town.key(901), "UCD_UCD_COD": hospitals.TAXOL,
             "UCD_DLV_NBR": "1", "UCD_TOP_UCD": "1"})  # fmt: skip
    # R47: a suspended C2S
    made.add("IR_ORC_R", {"BEN_NIR_PSA": psa, "BEN_RNG_GEM": "1", "BEN_CTA_TYP": "89",
             "MLL_CTA_DSD": "01/01/2020", "MLL_CTA_DSF": "31/12/2020",
             "REF_C2S_COD": "S"})  # fmt: skip
    # R25b: a device that is repaired
    made.add("ER_TIP_F_2019", {**town.key(903), "TIP_PRS_IDE": "1104800", "TIP_ACT_QSN": "1",
             "TIP_PRS_TYP": "5"})  # fmt: skip
    # N01: the same flux month in the simplified datamart
    made.add("NS_PRS_F_2019", {"FLX_DIS_DTD": "01/03/2019", "CLE_DCI_JNT": "1",
             "BEN_IDT_ANO": "P1942", "EXE_SOI_DTD": "11/02/2019", "PRS_NAT_REF": "1111",
             "PRS_ACT_QTE": "1", "TOT_REM_MNT": "16.50"})  # fmt: skip
    # R34a, R34b; R36b; R39
    week = {"ETA_NUM": hospitals.REHAB, "RHA_NUM": "42", "MOR_PRP": "S7200", "MOI_ANN": "022019",
            "HOS_TYP_UM": "1"}  # fmt: skip
    made.add("T_SSR19C", {"ETA_NUM": hospitals.REHAB, "RHA_NUM": "42", "NIR_ANO_17": psa,
             "EXE_SOI_DTD": "13/02/2019", "EXE_SOI_DTF": "28/02/2019",
             **hospitals.CODES})  # fmt: skip
    made.add("T_SSR19B", *(
        {**week, "RHS_NUM": number, "GRG_GME": group, "TYP_GEN_RHA": kind}
        for number, group, kind in (("1", "0833", "0"), ("2", "90Z0", "0"), ("3", "0833", "1"))
    ))  # fmt: skip
    mind = {"ETA_NUM_EPMSI": hospitals.MIND, "RIP_NUM": "42"}
    made.add("T_RIP19C", {**mind, "NIR_ANO_17": psa, "EXE_SOI_DTD": "01/03/2019",
             "EXE_SOI_DTF": "31/03/2019", **hospitals.CODES})  # fmt: skip
    made.add("T_RIP19RSA", {**mind, "SEQ_SEQ_NUM": "1", "DGN_PAL": "F200", "FOR_ACT": "01",
             "DEL_DAT": "0", "TYP_GEN_RSA": "1"})  # fmt: skip
    bill = {"ETA_NUM": hospitals.PUBLIC, "SEQ_NUM": "42"}
    made.add("T_MCO19CSTC", {**bill, "NIR_ANO_17": psa, "EXE_SOI_DTD": "05/06/2019",
             "NIR_RET": "0"})  # fmt: skip
    made.add("T_MCO19FCSTC", {**bill, "ACT_COD": "CS"}, {**bill, "ACT_COD": "F"})
    return made.files


def write(folder: Path) -> None:
    """What the generator makes and, as second parts of the same tables, the hand-made rows."""
    generate(folder, persons=60, seed=12, years=range(2018, 2020))
    cases = hospitals.delivery()
    cases.add("IR_BEN_R", *map(hospitals.beneficiary, sorted(cases.births)))
    made: dict[str, list[dict[str, str]]] = {
        name: list(csv.DictReader(text.splitlines(), delimiter=";"))
        for name, text in town.FILES.items()
    }
    for files in (cases.files, extra_rows()):
        for name, rows in files.items():
            if "/" not in name:  # a year delivered twice replaces rows: no matter of rules
                made.setdefault(name, []).extend(rows)
    for name, rows in made.items():
        (folder / f"{name}_2.csv").write_text(town.table(rows), encoding="utf-8")


class Session:
    """One DuckDB session on a built candidate, that can make models again without a rule."""

    def __init__(self, workspace: Workspace) -> None:
        manifest = json.loads((workspace.build / "target" / "manifest.json").read_text())
        self.nodes: dict[str, Any] = {
            key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"
        }
        graph = {key: self._inputs(key) for key in self.nodes}
        self.order = list(TopologicalSorter(graph).static_order())
        self.goals = [k for k in self.nodes if self._name(k).startswith("aud_disposition__")]
        self.wanted = {*self.goals, *(k for k in self.nodes if self._name(k) in OF_PERSONS)}
        for key in reversed(self.order):
            if key in self.wanted:
                self.wanted.update(self._inputs(key))
        self.duckdb = duckdb.connect(config={"threads": 1})
        self.duckdb.execute(f"attach '{workspace.candidate}' as candidate (read_only)")
        self.duckdb.execute(f"attach '{workspace.registry}' as registry (read_only)")
        self.fates = self._fates(
            {key: self.nodes[key]["relation_name"] for key in self.goals}, self.goals
        )

    def _name(self, key: str) -> str:
        return str(self.nodes[key]["name"])

    def _inputs(self, key: str) -> list[str]:
        return [one for one in self.nodes[key]["depends_on"]["nodes"] if one in self.nodes]

    def _fates(self, relations: dict[str, str], goals: list[str]) -> Fates:
        found = self.duckdb.execute(
            " union all ".join(
                f"select source_table, _row_id, disposition, rule_id from {relations[key]}"
                for key in goals
            )
        ).fetchall()
        return {(table, row): (KEPT.get(fate, fate), rule) for table, row, fate, rule in found}

    def without(self, rule: str) -> Fates:
        """Fates of the rows of the tables that the rule reaches, the rule being off."""
        self.duckdb.execute("create schema off")
        made: dict[str, str] = {}
        for key in self.order:
            sql = struck_out(self.nodes[key]["compiled_code"], rule)
            is_own = sql != self.nodes[key]["compiled_code"]
            if key not in self.wanted or not (is_own or made.keys() & set(self._inputs(key))):
                continue
            if self._name(key) == "person_registry":
                sql = REGISTRY
            for one in made.keys() & set(self._inputs(key)):
                sql = sql.replace(self.nodes[one]["relation_name"], made[one])
            made[key] = f'memory.off."{self._name(key)}"'
            self.duckdb.execute(f"create table {made[key]} as {sql}")
        fates = self._fates(made, [key for key in self.goals if key in made])
        for key in made:
            if self._name(key) in OF_PERSONS:
                nobodys = "where person_id is null or start_date is null"
                found = self.duckdb.execute(f"select count(*) from {made[key]} {nobodys}")
                assert found.fetchall() == [(0,)]
        self.duckdb.execute("drop schema off cascade")
        return fates


#: Persons that the rule kept out get the numbers that follow.
REGISTRY = """
select * from registry.main.person_registry union all
select person_key, (select max(person_id) from registry.main.person_registry) + rank() over (
    order by person_key), 1, null
from memory.off.int_person__resolved anti join registry.main.person_registry using (person_key)
"""


def struck_out(sql: str, rule: str) -> str:
    """``when (condition) then 'rule'`` with a condition that never holds."""
    for end in [match.start() for match in re.finditer(rf"\) then '{rule}'", sql)][::-1]:
        depth, begin = 1, end
        while depth:
            begin -= 1
            depth += {")": 1, "(": -1}.get(sql[begin], 0)
        sql = f"{sql[:begin]}(false and {sql[begin : end + 1]}){sql[end + 1 :]}"
    return sql


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    root = tmp_path_factory.mktemp("off")
    write(root / "delivery")
    workspace = Workspace(root / "w")
    workspace.create()
    assert not stage(root / "delivery", workspace, Settings()).refused
    load_demo(workspace)
    build(workspace, Settings(), progress=Silent())
    opened = Session(workspace)
    yield opened
    opened.duckdb.close()


@pytest.mark.parametrize("rule", CAN_BE_OFF)
def test_a_rule_switched_off_changes_its_own_rows_only(session: Session, rule: str) -> None:
    before = session.fates
    own = {row for row, fate in before.items() if fate == ("excluded", rule)}
    assert own, "the delivery has no case of this rule"
    after = session.without(rule)
    changed = {row: fate for row, fate in after.items() if before.get(row) != fate}
    assert changed
    assert {row: (before.get(row), fate) for row, fate in changed.items() if row not in own} == {}
    left = {row for row in own if after.get(row, before[row]) == ("excluded", rule)}
    # whoever has no year of birth stays out: the CDM has no row for them
    assert not left if rule != "R07" else left < own
    # no row is lost or won
    assert {row for row in before if row in after} == after.keys()


@pytest.mark.parametrize("rule", [*(r for r, off in REGISTER.items() if not off), "R99"])
def test_what_keeps_impossible_rows_out_cannot_be_switched_off(rule: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be switched off|is no rule"):
        RulesSettings(off=(rule,))
