"""Every error a user can meet: a code, what happened, where, and the remedy.

Codes: SO-1xx usage and configuration (exit 2) · SO-2xx the input broke its contract (exit 4) ·
SO-3xx the gate refused (exit 3) · SO-4xx vocabulary and mappings (exit 2 or 4) ·
SO-5xx the privacy guard refused (exit 5) · SO-9xx machine, build and releases (exit 2 or 3;
a build that failed by itself: 1) · interrupted (exit 130).
A message names files, tables, columns and counts, never a value read in a delivery.
"""

from __future__ import annotations

from dataclasses import dataclass

from etl.clauses import Clause
from etl.errors_fr import FRENCH

EXIT_OK = 0
EXIT_BUG = 1
EXIT_USAGE = 2
EXIT_GATE = 3
EXIT_INPUT = 4
EXIT_PRIVACY = 5
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One kind of error: its exit code and what a user can do about it."""

    title: str
    remedy: str
    exit_code: int


# fmt: off
CATALOGUE: dict[str, ErrorKind] = {
    "SO-100": ErrorKind("the command is not understood", "add --help to the command to see what it takes", EXIT_USAGE),
    "SO-101": ErrorKind("configuration refused", "correct the named setting; `snds-omop init` writes a commented file", EXIT_USAGE),
    "SO-102": ErrorKind("input directory not found", "give --input an existing directory", EXIT_USAGE),
    "SO-103": ErrorKind("workspace not writable", "choose another --workspace or give yourself write access", EXIT_USAGE),
    "SO-104": ErrorKind("nothing is staged", "run `snds-omop stage --input DIR` first, or name another --workspace", EXIT_USAGE),
    "SO-105": ErrorKind("no vocabulary is loaded", "run `snds-omop vocab load` (demo) or `vocab load --athena PATH`", EXIT_USAGE),
    "SO-106": ErrorKind("no candidate is built", "run `snds-omop build` first, or name another --workspace", EXIT_USAGE),
    "SO-107": ErrorKind("no such release", "`snds-omop release list` shows those that exist", EXIT_USAGE),
    "SO-108": ErrorKind("no such row", "check the table name and the id; ids belong to one release", EXIT_USAGE),
    "SO-109": ErrorKind("no file was recognised", "names are ER_PRS_F, T_MCO19B, IR_BEN_R… with .csv, .txt, .csv.gz, .zip, .parquet or .sas7bdat", EXIT_INPUT),
    "SO-110": ErrorKind("an optional package is missing", "run the line shown where snds-omop is installed; in a clone, .venv/bin/pip install -e '.[EXTRA]'; in a closed zone, with --no-index --find-links wheelhouse", EXIT_USAGE),
    "SO-111": ErrorKind("another command holds the workspace", "wait for it to end, or choose another --workspace", EXIT_USAGE),
    "SO-112": ErrorKind("the year of a file is not known", "give --year YYYY for names with a literal `aa`", EXIT_INPUT),
    "SO-113": ErrorKind("the candidate has no fresh verdict", "run `snds-omop validate` first, or name another --workspace", EXIT_USAGE),
    "SO-114": ErrorKind("the output exists already", "choose a new folder or file name", EXIT_USAGE),
    "SO-115": ErrorKind("the database refused", "check address, rights and space of the server, then run again: it resumes", EXIT_USAGE),
    "SO-118": ErrorKind("the database has not what is asked", "give postgresql://user@host/database or oracle://user@host:1521/?service_name=NAME, and names of SNDS tables", EXIT_USAGE),
    "SO-119": ErrorKind("Spark needs Java 17 or later", "install it (Debian: openjdk-17-jre-headless) or set JAVA_HOME; the target duckdb needs none", EXIT_USAGE),
    "SO-120": ErrorKind("synthetic data cannot be made as asked", "give --years YYYY-YYYY, for example 2018-2022, and at least one person", EXIT_USAGE),
    "SO-116": ErrorKind("the steward's file leaves questions open", "answer them in the file; `snds-omop publish metadata --new-answers FILE` writes one", EXIT_USAGE),
    "SO-126": ErrorKind("the steward's file holds values that a catalogue refuses", "correct the named lines of the file", EXIT_USAGE),
    "SO-117": ErrorKind("the metadata record does not meet HealthDCAT-AP", "correct the named properties in the steward file", EXIT_USAGE),
    "SO-122": ErrorKind("the vocabulary of the candidate is not what it was", "run `snds-omop build`, then `snds-omop validate`", EXIT_USAGE),
    "SO-140": ErrorKind("the release does not state whose data it holds", "set source.name, source.abbreviation and source.holder (`snds-omop init` asks), then build, validate and release again", EXIT_USAGE),
    "SO-141": ErrorKind("the file of faults is refused", "correct the named key; docs/en/explanation/synthetic-data.md lists planted cases and faults", EXIT_USAGE),
    "SO-129": ErrorKind("the selection matches no model", "give names as in dbt_project/models, such as --select +drug_exposure", EXIT_USAGE),
    "SO-121": ErrorKind("Spark has no complete build to change", "build without --select first, or with --target duckdb", EXIT_USAGE),
    "SO-151": ErrorKind("the Spark server cannot be reached", "check engine.spark, the port of the Spark Connect server and its log, then run again; the candidate in use was not touched", EXIT_USAGE),
    "SO-152": ErrorKind("the Spark server has another version", "give engine.spark a server of Spark 4, or build with --target duckdb", EXIT_USAGE),
    "SO-153": ErrorKind("the folder is not shared with the cluster", "give engine.spark_root and --workspace a storage that this machine and every executor reads and writes under one path", EXIT_USAGE),
    "SO-154": ErrorKind("the catalogue of the Spark server is in use", "build with the engine.spark_root of that build, another server or another catalogue, or drop the named schemas; nothing was removed", EXIT_USAGE),
    "SO-131": ErrorKind("an earlier version staged the workspace", "remove state/delivery.json and stage the delivery again; the registries of persons and concepts keep their numbers", EXIT_USAGE),
    "SO-137": ErrorKind("the folder holds files that `synth` did not make", "give an empty folder, or one that does not exist; nothing was written", EXIT_USAGE),
    "SO-138": ErrorKind("the workspace holds a real delivery", "give `--workspace` another folder; nothing was written", EXIT_USAGE),
    "SO-132": ErrorKind("a record of the workspace is damaged", "restore the named file from a backup; state/delivery.json may also be removed and the delivery staged again: the registries keep their numbers; quality/ is made again by `snds-omop validate`", EXIT_USAGE),
    "SO-133": ErrorKind("the signing key is missing or damaged", "restore state/signing-key.pem from a backup; without one, keep releases/ elsewhere: an empty folder begins with a new key", EXIT_USAGE),
    "SO-134": ErrorKind("a file of the workspace cannot be read", "candidate: remove build/candidate.duckdb and run `snds-omop build`; lake: stage again; registry: restore it from a backup; release: roll back", EXIT_USAGE),
    "SO-135": ErrorKind("a release is damaged", "`snds-omop release list` shows those that are whole; restore its folder from a backup, or remove it", EXIT_USAGE),
    "SO-136": ErrorKind("a file or folder cannot be used", "check the named path and the disk it is on, then run again", EXIT_USAGE),
    "SO-139": ErrorKind("the file of a row is no longer staged", "stage the delivery that holds the named file in a workspace of its own, and explain the line there; a release keeps no rows of the SNDS", EXIT_USAGE),
    "SO-160": ErrorKind("a cohort definition cannot be read", "give CIRCE JSON as ATLAS exports it (.json), or one query (.sql); docs/en/how-to/run-a-study.md shows both", EXIT_USAGE),
    "SO-161": ErrorKind("the vocabulary lacks concepts of a definition", "load a vocabulary that has them, or add --accept concepts: the manifest then lists them", EXIT_USAGE),
    "SO-162": ErrorKind("the SQL of a cohort is refused", "write one query of the CDM that gives subject_id, cohort_start_date and cohort_end_date", EXIT_USAGE),
    "SO-163": ErrorKind("a cohort cannot be made", "try the definition in ATLAS or its query on the release; what Circe's Python port does not know may be written as SQL", EXIT_USAGE),
    "SO-164": ErrorKind("a cohort is empty", "look at the mapping of its codes (`snds-omop vocab coverage`), or add --accept empty", EXIT_USAGE),
    "SO-165": ErrorKind("the archives cannot be pooled", "give one archive of `study run` a site, all of the same definitions and settings", EXIT_USAGE),
    "SO-166": ErrorKind("the lake is not what the release was made of", "name the release that was made of the files staged now, or build, validate and release again", EXIT_USAGE),
    "SO-201": ErrorKind("file is empty", "ask for the file again; nothing of it was loaded", EXIT_INPUT),
    "SO-202": ErrorKind("file is truncated or its archive is damaged", "copy it again and compare checksums; nothing of it was loaded", EXIT_INPUT),
    "SO-203": ErrorKind("file does not look like its table", "its key columns are missing: check name, delimiter and header", EXIT_INPUT),
    "SO-204": ErrorKind("header names a column twice", "remove or rename one of the two columns", EXIT_INPUT),
    "SO-205": ErrorKind("encoding cannot be read", "set `input.encoding` in the configuration", EXIT_INPUT),
    "SO-206": ErrorKind("no line has the header's number of fields", "the delimiter of the lines differs from the header's", EXIT_INPUT),
    "SO-207": ErrorKind("file format cannot be read", "deliver .csv, .tsv, .txt, their .gz or .zip, or .parquet; .sas7bdat needs pip install 'snds-omop[sas]'", EXIT_INPUT),
    "SO-208": ErrorKind("too many files or lines for the row identifier", "split the delivery over workspaces (2^40 lines a table, 255 tables)", EXIT_INPUT),
    "SO-209": ErrorKind("same content as a file already staged", "remove one of the two; it was not loaded twice", EXIT_INPUT),
    "SO-210": ErrorKind("some files were refused", "correct or remove the files named above, then run again", EXIT_INPUT),
    "SO-211": ErrorKind("file cannot be read", "check its permissions and the disk it is on", EXIT_INPUT),
    "SO-212": ErrorKind("staged under an older contract", "give the delivery directory again, where the file still is", EXIT_INPUT),
    "SO-213": ErrorKind("file name not understood", "rename it as docs/en/how-to/deliver-files.md shows, or declare it in delivery.toml: load_as or set_aside", EXIT_INPUT),
    "SO-214": ErrorKind("two files of one table, year and part", "remove one, or declare in delivery.toml which holds: load_as (another part) or set_aside", EXIT_INPUT),
    "SO-215": ErrorKind("two headers of one file disagree", "split the file at the second header; nothing of it was loaded", EXIT_INPUT),
    "SO-216": ErrorKind("numbers or dates of a column contradict each other", "ask for the file again with one decimal mark, date order and time zone", EXIT_INPUT),
    "SO-217": ErrorKind("no row of the file can be used", "keys or dates are not written as its table has them: ask for the file again; nothing of it was loaded", EXIT_INPUT),
    "SO-221": ErrorKind("line with the wrong number of fields", "look at the quarantined line in the closed zone", EXIT_INPUT),
    "SO-222": ErrorKind("line without a usable key", "look at the quarantined line in the closed zone", EXIT_INPUT),
    "SO-223": ErrorKind("line without a usable date", "look at the quarantined line in the closed zone", EXIT_INPUT),
    "SO-224": ErrorKind("line holds a NUL byte", "look at the quarantined line in the closed zone", EXIT_INPUT),
    "SO-225": ErrorKind("header repeated inside the file", "two files were concatenated; harmless once quarantined", EXIT_INPUT),
    "SO-226": ErrorKind("last line is cut short", "the transfer may have stopped early: compare sizes", EXIT_INPUT),
    "SO-227": ErrorKind("line cannot be decoded", "set `input.encoding` in the configuration", EXIT_INPUT),
    "SO-228": ErrorKind("quote that would swallow line ends", "look at the quarantined line in the closed zone; free text over lines is declared in the contract", EXIT_INPUT),
    "SO-229": ErrorKind("lines in another encoding than the rest", "they were read as cp1252 and counted: two exports were pasted together", EXIT_INPUT),
    "SO-231": ErrorKind("value does not parse", "the value became NULL and was counted", EXIT_INPUT),
    "SO-232": ErrorKind("column absent", "the column is NULL in the lake", EXIT_INPUT),
    "SO-233": ErrorKind("column not in the contract", "it was not loaded", EXIT_INPUT),
    "SO-234": ErrorKind("file name not known", "it was not loaded; the dictionary of a release and `make docs` list the tables", EXIT_INPUT),
    "SO-235": ErrorKind("file has no row", "nothing to do if that was expected", EXIT_INPUT),
    "SO-236": ErrorKind("infra-annual file set aside", "its year is not complete; set `input.infra_annual` to accept it", EXIT_INPUT),
    "SO-237": ErrorKind("table known, not loaded", "`make docs` writes the page of tables that states what it holds", EXIT_INPUT),
    "SO-238": ErrorKind("file set aside as declared", "its line in delivery.toml gives the reason", EXIT_INPUT),
    "SO-240": ErrorKind("the declaration of the delivery is refused", "correct the named key of delivery.toml; docs/en/how-to/declare-a-delivery.md lists them", EXIT_INPUT),
    "SO-241": ErrorKind("the delivery is not what was declared", "ask the data holder, or declare a gap with its owner, reason and end", EXIT_INPUT),
    "SO-242": ErrorKind("no such delivery to replace", "name a delivery that is staged here: its declared name, or that of its folder", EXIT_INPUT),
    "SO-243": ErrorKind("tables and years that another delivery holds already", 'state in delivery.toml: kind = "full" and replaces = NAME, or kind = "increment" for lines that add up', EXIT_INPUT),
    "SO-244": ErrorKind("the delivery does not resemble what it replaces", "check the folder; new pseudonyms are declared by [[pseudonyms]] or new_pseudonyms = true", EXIT_INPUT),
    "SO-245": ErrorKind("the former delivery stays", "a replacement is staged whole or not at all: correct what was refused and stage it again", EXIT_INPUT),
    "SO-246": ErrorKind("amounts with more digits than their column keeps", "they were rounded and counted", EXIT_INPUT),
    "SO-247": ErrorKind("the table of pseudonyms is refused", "it needs its two columns and one new pseudonym for each old one; the former delivery stays", EXIT_INPUT),
    "SO-248": ErrorKind("the crosswalk is refused", "it needs the columns that [[crosswalk]] names and one external id for each key; the former one stays", EXIT_INPUT),
    "SO-249": ErrorKind("the table of communes is refused", "it needs the columns that [[area]] names, communes of five characters and one row for each year; the former one stays", EXIT_INPUT),
    "SO-250": ErrorKind("the list of persons cannot be read", "give a CSV with a header such as BEN_NIR_PSA;BEN_RNG_GEM, BEN_NIR_ANO, BEN_IDT_ANO or person_id; nothing was done", EXIT_INPUT),
    "SO-251": ErrorKind("the list of persons lacks a row or a key", "complete the list; nothing was done", EXIT_INPUT),
    "SO-252": ErrorKind("rows of the list name no person", "correct them, or give --keep-unknown so that a later delivery does not bring them; nothing was done", EXIT_INPUT),
    "SO-253": ErrorKind("rows of the list name several persons", "give BEN_RNG_GEM with the PSA, or BEN_NIR_ANO; a default number names no person; nothing was done", EXIT_INPUT),
    "SO-254": ErrorKind("no person would remain", "check the list; to remove everything, remove the workspace; nothing was done", EXIT_INPUT),
    "SO-255": ErrorKind("rows of the list name no excluded person", "`snds-omop persons list` counts the exclusions; nothing was done", EXIT_INPUT),
    "SO-256": ErrorKind("the file has as many lines as a spreadsheet holds", "its end is probably lost: ask for the file again, or state its number of rows in delivery.toml", EXIT_INPUT),
    "SO-260": ErrorKind("the permit is refused", "correct the named key of the file; docs/en/how-to/extract-for-a-permit.md shows one; nothing was written", EXIT_INPUT),
    "SO-261": ErrorKind("the extract would be empty", "check the persons and the period of the permit; nothing was written", EXIT_INPUT),
    "SO-262": ErrorKind("no such extract", "`snds-omop release list` shows the permits that extracts were made for", EXIT_USAGE),
    "SO-239": ErrorKind("words for a missing value", "they are NULL and were counted", EXIT_INPUT),
    "SO-301": ErrorKind("the quality gate refused", "read the reasons in the report, or waive them in waivers.yml", EXIT_GATE),
    "SO-302": ErrorKind("the ledger does not balance", "a source row is unaccounted for: this is never waived", EXIT_GATE),
    "SO-303": ErrorKind("the gate's policy or waivers cannot be read", "correct the named file; nothing was judged", EXIT_USAGE),
    "SO-401": ErrorKind("vocabulary bundle is incomplete", "download the named files again from Athena", EXIT_USAGE),
    "SO-402": ErrorKind("vocabulary file cannot be read", "Athena files are tab separated, unquoted, UTF-8", EXIT_USAGE),
    "SO-403": ErrorKind("mapping file refused", "correct the named line, then `snds-omop vocab check`", EXIT_USAGE),
    "SO-404": ErrorKind("concept id outside its block", "ids are appended by the registry, never typed", EXIT_USAGE),
    "SO-405": ErrorKind("vocabulary bundle lacks a vocabulary", "choose it on Athena and download the bundle again", EXIT_USAGE),
    "SO-406": ErrorKind("a concept cannot be distinguished from another", "name one concept by its code in the list of the site (`ADD_INFO:lookup`)", EXIT_USAGE),
    "SO-407": ErrorKind("a table of the bundle lacks its rows", "the download was cut short: download the bundle again from Athena", EXIT_USAGE),
    "SO-408": ErrorKind("files of the bundle do not belong together", "give the nine files of one download, in a folder of their own", EXIT_USAGE),
    "SO-409": ErrorKind("two bundles in one place", "give the folder or the zip of one download", EXIT_USAGE),
    "SO-411": ErrorKind("mapping files break their rules", "correct the named line; `snds-omop vocab check` lists them all", EXIT_INPUT),
    "SO-412": ErrorKind("import refused", "nothing was written: correct the file and import it again", EXIT_INPUT),
    "SO-413": ErrorKind("not a vocabulary", "give a bundle of Athena, or a folder written by `vocab load`", EXIT_USAGE),
    "SO-414": ErrorKind("a code or an id stands twice in the registry", "the registry is append-only: restore it from version control", EXIT_USAGE),
    "SO-415": ErrorKind("value tables cannot be read", "give a folder with tables such as MS_CIM_V.csv or NT_LPP.csv, as the SNDS names them", EXIT_USAGE),
    "SO-416": ErrorKind("national counts cannot be read", "give a folder with files of vocabularies/reference_counts.csv, or a CSV file with the columns source_vocabulary, source_code and n_records", EXIT_USAGE),
    "SO-420": ErrorKind("same code and target twice", "keep one of the two lines", EXIT_INPUT),
    "SO-421": ErrorKind("code or name out of form", "write the code as its vocabulary does (vocabularies.csv)", EXIT_INPUT),
    "SO-422": ErrorKind("unknown word", "use the words of Usagi", EXIT_INPUT),
    "SO-423": ErrorKind("status and target disagree", "approve with a target, or ignore without", EXIT_INPUT),
    "SO-424": ErrorKind("author and reviewer must differ", "let a second person decide", EXIT_INPUT),
    "SO-425": ErrorKind("target does not exist", "choose a concept of the loaded vocabulary", EXIT_INPUT),
    "SO-426": ErrorKind("target is not standard or deprecated", "follow its replacement; `vocab diff` proposes one", EXIT_INPUT),
    "SO-427": ErrorKind("target is of another domain", "rows would move to another table: review the row", EXIT_INPUT),
    "SO-428": ErrorKind("target was renamed", "check that it still means the same, then update conceptName", EXIT_INPUT),
    "SO-429": ErrorKind("forbidden target", "mappings/exceptions/forbidden_targets.csv gives the reason", EXIT_INPUT),
    "SO-430": ErrorKind("approved lines disagree", "keep one decision for the code", EXIT_INPUT),
    "SO-431": ErrorKind("target without evidence", "leave it UNCHECKED until a bundle confirms it", EXIT_INPUT),
    "SO-432": ErrorKind("value without its concept", "approve the MAPS_TO that carries the value", EXIT_INPUT),
    "SO-433": ErrorKind("code without concept id", "run `snds-omop vocab register`", EXIT_INPUT),
    "SO-434": ErrorKind("dates out of order", "dates are those of Usagi, in milliseconds", EXIT_INPUT),
    "SO-435": ErrorKind("target id out of range", "targets are concepts of Athena, never custom ones", EXIT_INPUT),
    "SO-436": ErrorKind("code absent from its nomenclature", "correct it, or keep it if it is of another version", EXIT_INPUT),
    "SO-437": ErrorKind("ignored diagnosis that its parent would answer for", "add the code to mappings/exceptions/cim10_no_truncation.csv", EXIT_INPUT),
    "SO-438": ErrorKind("mapping file of no vocabulary", "name the file after its vocabulary, such as SNDS_LPP.usagi.csv: nothing reads it", EXIT_INPUT),
    "SO-439": ErrorKind("equivalence that the label contradicts", "a class of what remains is WIDER at best", EXIT_INPUT),
    "SO-440": ErrorKind("target less specific than the parent's", "take the parent's target, or a nearer one", EXIT_INPUT),
    "SO-441": ErrorKind("domains of two releases", "verify the domains in one release of Athena", EXIT_INPUT),
    "SO-442": ErrorKind("one exact target for two codes", "call one of them WIDER, or give the reason on both lines", EXIT_INPUT),
    "SO-443": ErrorKind("label that excludes more than the target", "call it WIDER, or give the reason on the line", EXIT_INPUT),
    "SO-444": ErrorKind("one meaning, two answers", "give both codes the same target and equivalence", EXIT_INPUT),
    "SO-445": ErrorKind("equivalence that the property contradicts", "compare what label and target state, or give the reason on the line", EXIT_INPUT),
    "SO-446": ErrorKind("label with less sense than the nomenclature's", "take the words from the nomenclature, and judge the equivalence again", EXIT_INPUT),
    "SO-501": ErrorKind("the privacy guard refused", "what was asked for could identify a person", EXIT_PRIVACY),
    "SO-503": ErrorKind("the permit is not in force", "ask the body that granted it for an extension; nothing was written", EXIT_PRIVACY),
    "SO-504": ErrorKind("the SQL of a cohort reads columns that identify", "name the columns that the cohort needs; keys of the source, names, addresses, free text and * are refused", EXIT_PRIVACY),
    "SO-502": ErrorKind("a real person's page was refused", "inside the closed zone, set `privacy.person_pages`; --no-page traces the row alone", EXIT_PRIVACY),
    "SO-901": ErrorKind("the build failed", "read the named log file; run again to resume", EXIT_BUG),
    "SO-902": ErrorKind("no space left on the device", "free space and run again: finished files are not read twice", EXIT_USAGE),
    "SO-903": ErrorKind("a release file changed after it was written", "restore it, or roll back to another release", EXIT_GATE),
    "SO-904": ErrorKind("the signature of a manifest does not hold", "do not use this release: get it again from its holder, or roll back", EXIT_GATE),
    "SO-905": ErrorKind("the release was not reproduced", "compare inputs, code, vocabulary and settings with those of the manifest", EXIT_GATE),
    "SO-906": ErrorKind("the disk quota is reached", "have it raised or remove files, and run again: finished files are not read twice", EXIT_USAGE),
    "SO-907": ErrorKind("a file may not grow further", "raise the limit (`ulimit -f`) or choose a disk that takes large files, and run again", EXIT_USAGE),
    "SO-908": ErrorKind("the memory does not suffice", "lower engine.threads, set engine.memory_limit below what the machine has, or choose a larger machine, and run again", EXIT_USAGE),
    "SO-909": ErrorKind("too many files are open", "raise the limit (`ulimit -n`) and run again", EXIT_USAGE),
    "SO-910": ErrorKind("interrupted", "run the same command again: it resumes and keeps what was finished", EXIT_INTERRUPTED),
    "SO-911": ErrorKind("the command was ended from outside", "run it again: it resumes and keeps what was finished; after SIGKILL look for a lack of memory first (`dmesg`, the scheduler)", EXIT_USAGE),
}
# fmt: on


class SndsOmopError(Exception):
    """An error with a code that the command line turns into one line and an exit code."""

    def __init__(self, code: str, english: str, french: str, *, where: str = "") -> None:
        self.code = code
        self.kind = CATALOGUE[code]
        self.clause = Clause(english, french)
        self.where = where
        super().__init__(self.line())

    @property
    def detail(self) -> str:
        return self.clause.english

    @property
    def exit_code(self) -> int:
        return self.kind.exit_code

    def line(self, lang: str = "en") -> str:
        """One line: code, what, where, remedy."""
        where = f" [{self.where}]" if self.where else ""
        remedy = FRENCH[self.code][1] if lang == "fr" else self.kind.remedy
        return f"{headed(self.code, self.clause, lang)}{where}. {remedy[:1].upper()}{remedy[1:]}."


def headed(code: str, clause: Clause, lang: str = "en") -> str:
    """A clause behind its code and the title of its kind."""
    if lang == "fr":
        return f"{code} {FRENCH[code][0]} : {clause.french}"
    return f"{code} {CATALOGUE[code].title}: {clause.english}"
