"""What the timeline page calls things, in English and French."""

from __future__ import annotations

from etl.contracts.labels import column_label

WORDS = {
    "en": {
        "title": "Person", "born": "born in", "gender": "sex", "from": "from", "to": "to",
        "records": "records", "what": "What", "dates": "Dates", "list": "The same as a list",
        "made_up": "This person is made up.",
        "real": "Data of a real person: this page must not leave the closed zone.",
        "observation": "Observation", "cover": "Cover", "visit": "Visits",
        "episode": "Episodes", "condition": "Conditions", "drug": "Drugs",
        "procedure": "Procedures", "measurement": "Measurements", "device": "Devices",
        "other": "Observations", "death": "Death",
    },
    "fr": {
        "title": "Personne", "born": "année de naissance", "gender": "sexe", "from": "du",
        "to": "au", "records": "enregistrements", "what": "Quoi", "dates": "Dates",
        "list": "La même chose en liste",
        "made_up": "Cette personne est inventée.",
        "real": "Données d’une personne réelle : cette page ne doit pas quitter la zone fermée.",
        "observation": "Observation", "cover": "Couverture", "visit": "Venues",
        "episode": "Épisodes", "condition": "Affections", "drug": "Médicaments",
        "procedure": "Actes", "measurement": "Mesures", "device": "Dispositifs",
        "other": "Observations", "death": "Décès",
    },
}  # fmt: skip

# Names of concepts that no vocabulary has in French, and of the schemes of ORG_AFF_BEN (first two
# digits; SLM apart): an English name stays where none is listed.
FRENCH_NAMES = {
    "Claim enrolment record": "Droits à l’assurance maladie", "Outpatient Visit": "Soin de ville",
    "Pharmacy visit": "Délivrance en pharmacie", "Laboratory Visit": "Examens de laboratoire",
    "Home Visit": "Soin à domicile", "Emergency Room Visit": "Passage aux urgences",
    "Emergency Room and Inpatient Visit": "Hospitalisation par les urgences",
    "Telehealth": "Téléconsultation", "Outpatient Hospital": "Soin externe à l’hôpital",
    "Inpatient Visit": "Hospitalisation", "Tobacco user": "Tabagisme", "Fatigue": "Fatigue",
}  # fmt: skip
SCHEMES = {
    "01C": ("General scheme", "Régime général"),
    "01M": ("Local mutual sections", "Sections locales mutualistes"),
    "02": ("Farm workers (MSA)", "Régime agricole (MSA)"),
    "03": ("Self-employed (RSI)", "Indépendants (RSI)"),
    "04": ("Railways (SNCF)", "SNCF"), "05": ("RATP", "RATP"),
    "06": ("Seamen (ENIM)", "Marins (ENIM)"),
    "07": ("Mines", "Mines"), "08": ("Military (CNMSS)", "Militaires (CNMSS)"),
    "09": ("Banque de France", "Banque de France"),
    "10": ("Notaries (CRPCEN)", "Clercs de notaire (CRPCEN)"),
    "90": ("Clergy (CAVIMAC)", "Cultes (CAVIMAC)"),
}  # fmt: skip
PLANS = {
    "CMU-C": ("Complementary cover", "Couverture complémentaire"),
    "C2S": ("Complementary cover", "Complémentaire santé solidaire"),
    "ACS": ("Help for a contract", "Aide à la complémentaire"),
    "AME": ("State medical aid", "Aide médicale de l’État"),
}
GENDERS = {"1": ("male", "masculin"), "2": ("female", "féminin")}


def named(names: dict[str, tuple[str, str]], key: str | None, lang: str) -> str:
    """A name in the language asked for; the key itself where no name is known."""
    return names.get(key or "", (key or "–",) * 2)[lang == "fr"]


def label(lane: str, names: tuple[str | None, ...], lang: str) -> str:
    """What a person can read; a code without a target stands before its own name.

    Args:
        lane: lane of the page.
        names: standard concept, its French synonym, source concept, source value.
    """
    target, french, own, code = names
    if lane == "cover" and code:
        if code.startswith("EXO"):
            return ("Exempt from the patient's share", "Exonération du ticket modérateur")[
                lang == "fr"
            ] + f" – {code}"
        scheme = code if code in SCHEMES else code[:2]
        table, key = (PLANS, code) if code in PLANS else (SCHEMES, scheme)
        return f"{named(table, key, lang)} – {code}" if key in table else code
    if target:
        return (french or FRENCH_NAMES.get(target, target)) if lang == "fr" else target
    own = own or column_label(code or "", lang)
    return f"{code} – {own}" if own and code else own or code or "–"
