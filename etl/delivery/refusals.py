"""Why the name of a file is refused, in both languages."""

from __future__ import annotations

from etl.clauses import Clause

TRANSPORT = Clause(
    "a SAS transport file is not read: in SAS, `proc copy` from `libname x xport` (`proc"
    " cimport` for .cpt) into a folder of .sas7bdat files, or `proc export` to CSV",
    "un fichier de transport SAS n'est pas lu : dans SAS, `proc copy` depuis `libname x xport`"
    " (`proc cimport` pour .cpt) vers un dossier de fichiers .sas7bdat, ou `proc export` en CSV",
)
FORM = Clause("its form is none that is read", "sa forme n'est pas de celles qui sont lues")
TOO_OLD = Clause("the PMSI has no such year", "le PMSI n'a pas cette année")
IS_COPY = Clause(
    "its name is that of a copy or of another version",
    "son nom est celui d'une copie ou d'une autre version",
)
SUFFIX = Clause(
    "its name holds a table's name, and words that are no year, month or part",
    "son nom contient celui d'une table, et des mots qui ne sont ni année, ni mois, ni partie",
)
BEFORE = Clause(
    "an unknown word stands before the table's name",
    "un mot inconnu précède le nom de la table",
)
UNKNOWN = Clause(
    "it bears the name of an SNDS table that no contract describes",
    "il porte le nom d'une table du SNDS qu'aucun contrat ne décrit",
)
NO_YEAR = Clause(
    "its name holds no year, and its rows hold none",
    "son nom ne porte pas d'année, ses lignes non plus",
)
IN_TABLE_FOLDER = Clause(
    "it stands in the folder of a table, and its name is that of no part",
    "il est dans le dossier d'une table, et son nom n'est pas celui d'une partie",
)
