"""Words that results carry as keys, for people who read French."""

DISPOSITION = {
    "event": "événement",
    "merged": "fusionnée",
    "cancelled": "annulée",
    "excluded": "écartée",
    "superseded": "remplacée",
    "context": "contexte",
    "unknown": "inconnu",
}
FILE = {
    "staged": "chargés",
    "unchanged": "inchangés",
    "moved": "déplacés",
    "duplicate": "en double",
    "set aside": "écartés",
    "not data": "sans données",
    "refused": "refusés",
    "removed": "retirés",
}
OUTCOME = {
    "matched": "appariés",
    "no person has this key": "aucune personne n'a cette clé",
    "several persons": "plusieurs personnes",
    "not observed": "non observés",
    "no index date": "pas de date index",
}
SEVERITY = {
    "fatal": "fatals",
    "convention": "de convention",
    "characterization": "de caractérisation",
}
MAPPING = {
    "unchanged": "inchangées",
    "renamed": "renommées",
    "replaced": "remplacées",
    "to review": "à relire",
    "gone": "disparues",
    "domain changed": "domaine changé",
    "new map": "nouvelle cible",
    "map changed": "cible changée",
    "class changed": "classe changée",
    "hierarchy changed": "hiérarchie changée",
}
