"""The words of the page that compares two releases, in English and French."""

from __future__ import annotations

from typing import Any

# fmt: off
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Difference between releases", "before": "Before", "after": "After",
        "conclusion": "Conclusion",
        "conclusions": {
            "same": "Both releases hold the same content.",
            "examine": "To be examined before the newer release is used.",
            "usual": "The content differs; no difference calls for an examination by itself.",
        },
        "points": {
            "persons": "Persons: {before} before, {after} after; {new} new, {gone} gone.",
            "failing": "Checks that fail and did not before: {n}.",
            "resolved": "Checks that fail no more: {n}.",
            "moved": "Distributions that moved: {names}.",
            "still": "No distribution moved.",
            "tables": "Tables that differ: {n}.",
            "codes": "Source codes that lead to other concepts: {n}.",
            "identity": "Differences of source, vocabulary, code or settings: {n}.",
        },
        "masked": "Counts from 1 to {n} are masked.", "nothing": "Nothing changed.",
        "persons": "Persons", "incoming": "New", "outgoing": "Gone",
        "renumbered": "Renumbered (merged or split)", "excluded": "Excluded persons",
        "withdrawn": "Rows withdrawn",
        "identity": "Source, vocabulary, code and settings", "tables": "Rows by table",
        "table": "Table", "what": "What", "check": "Check", "severity": "Severity",
        "domain": "Domain", "vocabulary": "Source vocabulary", "method": "Method",
        "field": "Column", "code": "Code", "month": "Month", "distribution": "Distribution",
        "level": "Judgement", "fold": "Months that differ: {n}",
        "months": "Rows by table and month", "mappings": "Mappings",
        "coverage": "Records by method of mapping", "codes": "Codes that lead elsewhere",
        "records": "Records", "checks": "Checks", "drift": "Distributions",
        "measure": "Population stability index (PSI): sum of (b - a) × ln(b / a) over shares a "
                   "and b of at least 0.0001. Below 0.1 stable, below 0.25 to be watched, else "
                   "shifted.",
        "levels": {
            "stable": "stable", "watch": "to be watched", "shift": "shifted",
            "not comparable": "not comparable",
        },
        "names": {"approved": "reviewed code", "computed": "computed", "none": "no concept",
                  "manual": "reviewed list", "not applicable": "does not apply",
                  "pass": "passes", "fail": "fails", "error": "could not run"},
    },
    "fr": {
        "title": "Différence entre deux versions", "before": "Avant", "after": "Après",
        "conclusion": "Conclusion",
        "conclusions": {
            "same": "Les deux versions ont le même contenu.",
            "examine": "À examiner avant d’utiliser la version la plus récente.",
            "usual": "Le contenu diffère ; aucune différence n’appelle à elle seule un examen.",
        },
        "points": {
            "persons": "Personnes : {before} avant, {after} après ; {new} entrées, {gone} sorties.",
            "failing": "Contrôles en échec qui ne l’étaient pas : {n}.",
            "resolved": "Contrôles qui ne sont plus en échec : {n}.",
            "moved": "Distributions qui se sont déplacées : {names}.",
            "still": "Aucune distribution ne s’est déplacée.",
            "tables": "Tables qui diffèrent : {n}.",
            "codes": "Codes sources qui mènent à d’autres concepts : {n}.",
            "identity": "Différences de source, de vocabulaire, de code ou de réglages : {n}.",
        },
        "masked": "Les effectifs de 1 à {n} sont masqués.", "nothing": "Rien n’a changé.",
        "persons": "Personnes", "incoming": "Entrées", "outgoing": "Sorties",
        "renumbered": "Renumérotées (fusions ou séparations)", "excluded": "Personnes exclues",
        "withdrawn": "Lignes retirées",
        "identity": "Source, vocabulaire, code et réglages", "tables": "Lignes par table",
        "table": "Table", "what": "Quoi", "check": "Contrôle", "severity": "Gravité",
        "domain": "Domaine", "vocabulary": "Vocabulaire source", "method": "Méthode",
        "field": "Colonne", "code": "Code", "month": "Mois", "distribution": "Distribution",
        "level": "Appréciation", "fold": "Mois qui diffèrent : {n}",
        "months": "Lignes par table et mois", "mappings": "Alignements",
        "coverage": "Enregistrements par méthode d’alignement",
        "codes": "Codes qui mènent à d’autres concepts",
        "records": "Enregistrements", "checks": "Contrôles", "drift": "Distributions",
        "measure": "Indice de stabilité de la population (PSI) : somme des (b - a) × ln(b / a) sur "
                   "les parts a et b d’au moins 0,0001. Sous 0,1 stable, sous 0,25 à surveiller, "
                   "au-delà déplacée.",
        "levels": {
            "stable": "stable", "watch": "à surveiller", "shift": "déplacée",
            "not comparable": "non comparable",
        },
        "names": {
            "approved": "code relu", "computed": "calculée", "none": "sans concept",
            "manual": "liste relue",
            "not applicable": "sans objet", "pass": "réussi", "fail": "en échec",
            "error": "non exécuté",
            "fatal": "fatal", "convention": "convention", "characterization": "caractérisation",
            "gender": "sexe", "decade of birth": "décennie de naissance",
            "year observation starts": "année du début d’observation",
            "visit kinds": "sortes de venue", "conditions": "affections", "drugs": "médicaments",
            "procedures": "actes", "measurements": "mesures", "observations": "observations",
            "devices": "dispositifs",
            "Condition": "Affection", "Device": "Dispositif", "Drug": "Médicament",
            "Measurement": "Mesure", "Observation": "Observation", "Procedure": "Acte",
            "Visit": "Venue",
            "source_name": "nom de la source", "source_abbreviation": "sigle de la source",
            "holder": "responsable de la source", "source_release_date": "date de la source",
            "cdm_release_date": "date de la version du CDM", "cdm_version": "version du CDM",
            "vocabulary_version": "version du vocabulaire", "etl_version": "version de snds-omop",
            "code": "code", "inputs": "fichiers livrés",
        },
    },
}
# fmt: on
