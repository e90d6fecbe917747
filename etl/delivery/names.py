"""The grammar of file names: which table, year, flux month and part a path means.

A name is read from its end: extension, then an optional prefix, the table, and a suffix of years,
months and parts. When the file itself names no table (``part-00000.parquet``), its folders do.
What contains a table's name and does not follow the grammar is *refused*, never guessed: a copy
(``(1)``, ``_v2``) may be the right file, the wrong one, or the same lines twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal
from urllib.parse import unquote

from etl.clauses import Clause
from etl.contracts.models import Contract
from etl.contracts.registry import contracts, unloaded
from etl.delivery import refusals

Form = Literal["text", "gzip", "parquet", "sas"]

#: Extension → how the file is read.
FORMS: dict[str, Form] = {
    ".csv.gz": "gzip", ".tsv.gz": "gzip", ".txt.gz": "gzip",
    ".csv": "text", ".tsv": "text", ".txt": "text",
    ".parquet": "parquet", ".sas7bdat": "sas",
}  # fmt: skip
ARCHIVE = ".zip"
# Nothing with these endings can hold a table: papers, programs, indexes, checksums.
_PAPERS = re.compile(
    r".*\.(?:md|rst|pdf|docx?|odt|rtf|pptx?|html?|log|lst|sas|r|py|sql|sh|bat|ctl|toml|ya?ml|"
    r"ini|cfg|md5|sha1|sha256|sha512|md5sum|sha256sum|crc|asc|sig|eml|msg|png|jpe?g|gif|svg|"
    r"sas7bndx|sas7bcat|sas7bvew)"
)
_DROPPINGS = re.compile(
    r"^(?:\._.*|\.ds_store|\..*\.crc|\.~lock\..*|\..*\.sw[op]|~\$.*|\.~.*|thumbs\.db|desktop\.ini|"
    r"_success|_metadata|_common_metadata|_committed_.*|_started_.*|\.gitkeep|\.gitignore|\.nfs.*|"
    r"\.part-.*\.crc)$"
)
_SYSTEM_FOLDERS = re.compile(
    r"^(?:__macosx|\.git|\.svn|\.ipynb_checkpoints|\.trash.*|\.snapshot|\.appledouble|\.cache|"
    r"\.idea|\.vscode|\$recycle\.bin|system volume information|lost\+found)$"
)

# Words that may stand before a table's name, with a number or without; others are declared.
_PREFIX = re.compile(
    r"(?:[A-Z][A-Z0-9_$#]*\.)?"
    r"(?:(?:ESND|SNDS|SNIIRAM|SNIIR|ORAVUE|ORAMEPS|ORAUSER|ORAMREF|DCIRS?|PMSI|MCO|SSR|SMR|HAD|RIP|CEPIDC|"
    r"DEMEX|HDH|CNAM|CRTO|EXTR|EXTRACT|EXTRACTION|EXPORT|EXP|PROJET|PROJ|PRJ|P|TABLE|TAB)_*\d*_+)*"
)
_COPY = re.compile(
    r"\(_*\d+_*\)|(?:COPIE|COPY)(?:_DE|_OF)?(?:_*\d+)?|V(?:ERSION)?_?\d+(?:_\d+)*|BIS|TER|NEW|OLD|"
    r"NOUVEAU|NOUVELLE|ANCIEN(?:NE)?|FINALE?|CORR(?:\w{0,8})|RECTIF\w{0,6}|BAK|BACKUP|SAVE|"
    r"SAUV\w{0,10}|TMP|TEMP|TEST|DEF(?:INITIF|INITIVE)?|COMPLET(?:E)?|PROVISOIRE|PROV"
)
_YEAR = r"(?:19|20)\d{2}"
_MONTH = r"(?:0[1-9]|1[0-2])"
_UUID = r"[0-9A-F]{8}_[0-9A-F]{4}_[0-9A-F]{4}_[0-9A-F]{4}_[0-9A-F]{12}"
_PART_WORD = (
    r"(?:PART(?:IE|S)?|P|LOT|CHUNK|BLOC|BLOCK|SPLIT|SEG(?:MENT)?|FICHIER|FILE|FIC|F|TOME|SHARD|TRANCHE|"
    r"NO|N|T|Q|S|TRIM(?:ESTRE)?|SEM(?:ESTRE)?|DATA|OUTPUT|EXPORT|MORCEAU)"
)
_TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern + r"(?![A-Z0-9])"))
    for kind, pattern in (
        ("day", rf"(?P<y>{_YEAR})(?P<m>{_MONTH})(?P<d>0[1-9]|[12]\d|3[01])"),
        ("month", rf"(?P<y>{_YEAR})_?M?(?P<m>{_MONTH})"),
        ("year", rf"(?P<y>{_YEAR})"),
        # names that Spark, Databricks, Hadoop, Dask and BigQuery give to the files of a folder
        (
            "part",
            rf"PART_(?:[RM]_)?\d{{1,6}}(?:_TID_\d+)?_{_UUID}(?:_\d{{1,6}})*(?:_C\d+)?(?:\.C\d+)?",
        ),
        ("part", r"PART_\d{5}_(?=[0-9A-F]*[A-F])(?=[0-9A-F]*\d)[0-9A-F]{4,12}(?:_C\d{3,})?"),
        ("part", r"PART(?:_[RM]_|\.)\d{1,6}"),
        ("part", r"0(?:\d{7}|\d{11})"),
        ("part", _UUID),
        ("part", r"SNAPPY|GZ|GZIP|ZSTD|LZ4|LZO|BROTLI|C\d{3}"),
        (
            "part",
            rf"(?:{_PART_WORD}_*)?\d{{1,6}}(?:_\d{{1,3}})?(?:_*(?:OF|SUR|DE|ON)_*\d{{1,6}})?",
        ),
        ("part", r"M\d{1,2}"),
        ("part", r"[A-H]"),
    )
)
# A month written apart (2019_03) may as well be the third part: nothing depends on which.
_APART = re.compile(rf"{_YEAR}_M?{_MONTH}")
_DATA_WORD = re.compile(r"(?:DATA|OUTPUT|EXPORT|PART|RESULT|RESULTAT|DONNEES)")

# What the tables of the SNDS look like, to notice one that no contract describes.
_SNDS_LIKE = re.compile(
    r"(?<![A-Z0-9])(?:(?:ER|NS|EB)_[A-Z]{3}_[FR]|(?:IR|DA|BE|KI|MA|DE)_[A-Z]{3}_[RF]|"
    r"T_(?:MCO|SSR|SMR|HAD|RIP|SUP)_?(?:\d{2}|AA)_?[A-Z]+)"
)
# The same with its separators lost: MCO19B, T_MCO_2019_B, ERPRSF.
_PMSI_COMPACT = re.compile(r"T?(?:MCO|SSR|SMR|HAD|RIP)(?:20)?\d{2}[A-Z]")
_VALUES = re.compile(r"(?<![A-Z0-9])(?:[A-Z]{2}_[A-Z0-9]{3}_V|NT_[A-Z0-9]+)(?![A-Z])")
_CARTOGRAPHY = re.compile(
    r"(?<![A-Z0-9])(?:CRTO_)?CT_(?:IDE|DEP|RES)(?:_(?:G\d{1,2}|(?:19|20)\d{2}|AAAA|GN))*(?![A-Z0-9])"
)
# The version of a table, and a year of two digits next to it: CT_IND_G11_21, CT_IND_2021_G11.
_VERSION = re.compile(r"(?<![A-Z0-9])(G\d{1,2})(?![A-Z0-9])")
_SHORT_YEAR = re.compile(r"^_(\d{2})(?![A-Z0-9])")
# Neither a year nor a version: the published example of the schema, keyed by ID_CARTO alone.
_EXAMPLE = re.compile(r"_?(?:AAAA_GN|GN_AAAA)")
# T_MCO19_06B: months 1 to 6 of 2019, cumulative, not checked by ATIH.
_INFRA_ANNUAL = re.compile(r"(T_(?:MCO|SSR|SMR|HAD|RIP)\d{2})_\d{1,2}(?=[A-Z])")
FIRST_HOSPITAL_YEAR = 1997  # the PMSI's first national year; two digits above 90 are of the 1900s


@dataclass(frozen=True, slots=True)
class Named:
    """The content of a path: table, year, month, part, or why it has none."""

    kind: Literal["table", "infra annual", "set aside", "refused", "paper", "unnamed"]
    contract: Contract | None = None
    year: int | None = None
    month: str | None = None  # YYYY-MM of flux
    part: str = ""
    stamp: str = ""  # a day in the name that is no flux month: of the extraction
    extension: str = ""
    constants: tuple[tuple[str, str | None], ...] = ()  # Hive: COLUMN=VALUE folders
    reason: Clause | None = None  # why it is refused

    @property
    def identity(self) -> tuple[str, int | None, str | None, str]:
        """Two files of one identity are two copies, or two deliveries: never both loaded."""
        table = self.contract.table if self.contract else ""
        return table, self.year, self.month, self.part


#: What SAS writes to move data between machines.
_TRANSPORT_FILES = re.compile(r"\.(?:xpt|xport|cpt)\s*$", re.IGNORECASE)


def split_extension(name: str) -> tuple[str, str] | None:
    """``("ER_PRS_F", ".csv.gz")`` or None when the extension is not one that is read."""
    lower = name.lower().rstrip()
    for extension in (*FORMS, ARCHIVE):
        if lower.endswith(extension):
            return name[: len(lower) - len(extension)], extension
    return None


def parse(path: str, prefixes: Iterable[str] = ()) -> Named:
    """What a path below the delivery folder means.

    Args:
        path: with slashes; an archive stands in it as a folder (``DCIR.zip/ER_PRS_F.csv``).
        prefixes: declared words that may stand before a table's name.
    """
    *folders, name = path.split("/")
    if _DROPPINGS.match(name.lower()) or any(_SYSTEM_FOLDERS.match(f.lower()) for f in folders):
        return Named("paper")
    if _PAPERS.fullmatch(name.lower()):
        return Named("paper")
    if _TRANSPORT_FILES.search(name):
        return Named("refused", reason=refusals.TRANSPORT)
    split = split_extension(name)
    stem, extension = split if split else (re.sub(r"\.[A-Za-z0-9]{1,8}$", "", name), "")
    declared = tuple(normal(prefix).strip("_.") for prefix in prefixes)
    own = _parse_stem(stem, declared)
    if own.kind == "unnamed":
        own = _by_folder(folders, stem, declared)
    elif own.kind in ("table", "infra annual"):
        own = _within_folders(own, folders, declared)
    if own.kind in ("table", "infra annual"):
        if split is None or extension == ARCHIVE:
            return replace(own, kind="refused", reason=refusals.FORM)
        yearly = own.contract is not None and own.contract.is_yearly
        if yearly and own.year is not None and own.year < FIRST_HOSPITAL_YEAR:
            return replace(own, kind="refused", reason=refusals.TOO_OLD)
    return replace(own, extension=extension)


def normal(text: str) -> str:
    """Upper case without accents; blanks and hyphens are underscores."""
    flat = unicodedata.normalize("NFKD", text)
    flat = "".join(mark for mark in flat if not unicodedata.combining(mark))
    return re.sub(r"[\s\-–—]+", "_", flat.strip().upper())


@cache
def _table_pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    """Every known name, the longest first; groups are numbered names of tables."""
    known: dict[str, str] = {}
    parts = []
    for table in sorted({*contracts(), *unloaded()}, key=len, reverse=True):
        body = re.escape(table.upper() if "aa" not in table else table)
        body = body.replace("aa", r"(?:(?:20)?\d{2}|AA)", 1).replace("GVxx", r"GV[A-Z0-9]+")
        group = f"t{len(known)}"
        known[group] = table
        parts.append(f"(?P<{group}>{body.replace('SSR', '(?:SSR|SMR)')})")
    # No letter may follow (T_MCO19B is no beginning of T_MCO19BPHN), nor stand right before.
    return re.compile(rf"(?<![A-Z0-9])(?:{'|'.join(parts)})(?![A-Z])"), known


@cache
def _compact_names() -> tuple[str, ...]:
    """Names without separators, long enough that a word holds none of them by chance."""
    names = (name for name in contracts() if "aa" not in name)
    return tuple(short for name in names if len(short := name.replace("_", "")) >= 6)


def _parse_stem(stem: str, declared: tuple[str, ...]) -> Named:
    text = normal(stem)
    whole = _INFRA_ANNUAL.sub(r"\1", text)
    infra = whole != text
    pattern, known = _table_pattern()
    match = next(reversed(list(pattern.finditer(whole))), None)
    if match is None:
        return _unknown(text)
    table = known[match.lastgroup or ""]
    if table in unloaded():
        return Named("set aside")
    contract = contracts()[table]
    found = Named("infra annual" if infra else "table", contract, _year_of(match.group(), contract))
    before, after = whole[: match.start()], whole[match.end() :]
    if not _is_prefix(before, declared):
        reason = refusals.IS_COPY if _holds_copy(before) else refusals.BEFORE
        return replace(found, kind="refused", reason=reason)
    return _versioned(found, after) if contract.version else _with_suffix(found, after)


def _versioned(found: Named, text: str) -> Named:
    """A table whose name holds a version and a year, in either order."""
    if _EXAMPLE.fullmatch(text):
        return Named("set aside")
    version = _VERSION.search(text)
    rest = _VERSION.sub("", text, count=1)
    of_two = _SHORT_YEAR.sub(r"_20\1", re.sub(r"_{2,}", "_", rest))
    named = _with_suffix(found, of_two)
    if named.kind == "refused" or found.contract is None:
        return named
    if named.year is None:
        return replace(named, kind="refused", reason=refusals.NO_YEAR)
    if version is None:
        return named
    column = found.contract.version or ""
    return replace(
        named,
        part=f"{version[1]} {named.part}".strip(),
        constants=((column, version[1]),),
    )


def _unknown(text: str) -> Named:
    if _VALUES.search(text) or _CARTOGRAPHY.search(text):
        return Named("set aside")
    if re.search(r"(?<![A-Z0-9])T_(?:MCO|SSR|SMR|HAD|RIP)(?:\d{2}|AA)SUP_[A-Z0-9]+", text):
        return Named("set aside")
    if _SNDS_LIKE.search(text):
        return Named("refused", reason=refusals.UNKNOWN)
    compact = re.sub(r"[^A-Z0-9]", "", text)
    if _PMSI_COMPACT.search(compact) or any(name in compact for name in _compact_names()):
        return Named("refused", reason=refusals.SUFFIX)
    return Named("unnamed")


def _year_of(name: str, contract: Contract) -> int | None:
    """The year that the name of a hospital table holds; 99 is 1999, not 2099."""
    if not contract.is_yearly:
        return None
    digits = re.match(r"T_[A-Z]{3}(?:20)?(\d{2})(?=[A-Z])", name)
    if digits is None:
        return None
    year = int(digits[1])
    return 1900 + year if year >= 90 else 2000 + year


def _is_prefix(before: str, declared: tuple[str, ...]) -> bool:
    rest = before
    for word in declared:
        if word and rest.startswith(word):
            rest = rest[len(word) :].lstrip("_.")
            break
    return _PREFIX.fullmatch(rest) is not None


def _holds_copy(text: str) -> bool:
    words = [word for word in re.split(r"[_.\s]+", text) if word]
    return any(_COPY.fullmatch(word) for word in words)


def _with_suffix(found: Named, text: str) -> Named:
    """Read what follows the name of the table, token after token."""
    if text and text[0].isalnum() and not re.match(rf"{_YEAR}", text):
        return replace(found, kind="refused", reason=refusals.SUFFIX)
    years: list[int] = []
    parts: list[str] = []
    month: str | None = None
    stamp = ""
    while text := text.lstrip("_. "):
        if copy := re.compile(rf"(?:{_COPY.pattern})(?![A-Z0-9])").match(text):
            return replace(found, kind="refused", reason=refusals.IS_COPY) if copy else found
        kind, token = next(
            ((kind, hit) for kind, token in _TOKENS if (hit := token.match(text))), ("", None)
        )
        if token is None:
            reason = refusals.IS_COPY if _holds_copy(text) else refusals.SUFFIX
            return replace(found, kind="refused", reason=reason)
        match kind:
            case "year":
                years.append(int(token["y"]))
            case "month" if _APART.fullmatch(token.group()):
                years.append(int(token["y"]))
                parts.append(token["m"])
            case "month":
                years.append(int(token["y"]))
                month = f"{token['y']}-{token['m']}"
            case "day" if token["d"] == "01" and not years and month is None:
                years.append(int(token["y"]))
                month = f"{token['y']}-{token['m']}"
            case "day":
                stamp = token.group()
            case _:
                parts.append(token.group())
        text = text[token.end() :]
    distinct = {*years, *([found.year] if found.year else [])}
    if found.contract is not None and found.contract.is_yearly and len(distinct) > 1:
        return replace(found, kind="refused", reason=refusals.SUFFIX)
    return replace(
        found,
        year=min(distinct) if len(distinct) == 1 else None,
        month=month,
        part=" ".join([*map(str, sorted(distinct))] * (len(distinct) > 1) + parts),
        stamp=stamp,
    )


def _within_folders(own: Named, folders: list[str], declared: tuple[str, ...]) -> Named:
    """A table named by the file itself: folders may name its part, or show that it is a copy."""
    parts: list[str] = []
    for folder in folders:
        text = normal(folder.removesuffix(".zip"))
        inside = _parse_stem((split_extension(folder) or (folder, ""))[0], declared)
        if inside.kind == "refused" and inside.reason is refusals.IS_COPY:
            return replace(own, kind="refused", reason=refusals.IS_COPY)
        bare = _with_suffix(Named("table"), "_" + text)
        if bare.kind != "table" or not text or bare.stamp:
            continue
        if bare.part:
            parts.append(text)
        elif own.contract and own.contract.has_flux and own.year in (None, bare.year):
            # a folder of one year or month; a table without flux is the same in each of them
            own = replace(own, year=bare.year, month=own.month or bare.month)
    constants = (*own.constants, *(_hive(folder) for folder in folders if "=" in folder))
    part = "/".join([*parts, *(f for f in folders if "=" in f), own.part])
    return replace(own, part=part if parts or constants else own.part, constants=constants)


def _by_folder(folders: list[str], stem: str, declared: tuple[str, ...]) -> Named:
    """A file whose own name holds no table: the innermost folder that does."""
    for depth in range(len(folders) - 1, -1, -1):
        folder = folders[depth]
        inside = _parse_stem((split_extension(folder) or (folder, ""))[0], declared)
        if inside.kind == "unnamed":
            continue
        if inside.kind not in ("table", "infra annual"):
            return inside
        below = [normal(name) for name in folders[depth + 1 :] if "=" not in name]
        odd = any(_with_suffix(Named("table"), f"_{name}").kind == "refused" for name in below)
        leaf = normal(stem)
        of_file = _with_suffix(replace(inside, year=None), f"_{leaf}")
        if odd or (of_file.kind == "refused" and not _DATA_WORD.fullmatch(leaf)):
            # an archive named after its table may hold papers as well
            return replace(inside, kind="refused", reason=refusals.IN_TABLE_FOLDER)
        below_it = (_hive(name) for name in folders[depth + 1 :] if "=" in name)
        constants = (*inside.constants, *below_it)
        return replace(
            inside,
            year=inside.year or (of_file.year if of_file.kind == "table" else None),
            month=inside.month or (of_file.month if of_file.kind == "table" else None),
            part="/".join([inside.part, *folders[depth + 1 :], leaf]).strip("/"),
            constants=constants,
        )
    return Named("unnamed")


_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def _hive(folder: str) -> tuple[str, str | None]:
    """``FLX_DIS_DTD=2019-03-01``: a column and the value that all rows of the folder have."""
    name, _, value = folder.partition("=")
    return name.strip().upper(), None if value in ("", _NO_VALUE) else unquote(value)
