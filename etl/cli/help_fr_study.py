"""Help of `snds-omop study` in French."""

from __future__ import annotations

# fmt: off
STUDY = {
    "Cohort definitions on a release, aggregates out.":
        "Des définitions de cohortes sur une version ; des agrégats en sortent.",
    "Run cohort definitions on a release; only protected aggregates come out.":
        "Exécuter des définitions de cohortes sur une version ; seuls des agrégats protégés en "
        "sortent.",
    "Release to study.": "Version à étudier.",
    # run
    "Attrition, counts by age, sex and year, incidence and prevalence of cohorts.":
        "Attrition, effectifs par âge, sexe et année, incidence et prévalence de cohortes.",
    "PATHS are files of CIRCE JSON (ATLAS, PhenotypeLibrary) or SQL, or folders of them. The "
    "archive holds a summarised_result of omopgenerics and a signed manifest. Exit code 5 when a "
    "definition or a result could identify a person.":
        "PATHS : fichiers de JSON CIRCE (ATLAS, PhenotypeLibrary) ou de SQL, ou dossiers de tels "
        "fichiers. L'archive contient un summarised_result d'omopgenerics et un manifeste signé. "
        "Code de sortie 5 si une définition ou un résultat pourrait désigner une personne.",
    "The same as an argument: a file of CIRCE JSON or SQL, or a folder; repeatable.":
        "Comme un argument : un fichier de JSON CIRCE ou de SQL, ou un dossier ; répétable.",
    "Folder for the archive; default: <workspace>/studies.":
        "Dossier de l'archive ; par défaut : <espace>/studies.",
    "Begins the name of the archive.": "Début du nom de l'archive.",
    "Days of observation before a person is at risk of a first entry.":
        "Jours d'observation avant qu'une personne soit à risque d'une première entrée.",
    "Go on although the vocabulary lacks concepts, or a cohort is empty; repeatable.":
        "Continuer bien que le vocabulaire n'ait pas des concepts, ou qu'une cohorte soit vide ; "
        "répétable.",
    "A PostgreSQL server that `publish postgres` filled with the release makes the cohorts.":
        "Un serveur PostgreSQL que `publish postgres` a rempli de la version fait les cohortes.",
    "Default: the schema of the CDM.": "Par défaut : le schéma du CDM.",
    # pool
    "Add up the ARCHIVES of one study that several sites sent.":
        "Réunir les ARCHIVES d'une étude que plusieurs sites ont envoyées.",
    "What one site hides stays hidden in the pool. Compare the printed fingerprint of each site "
    "with the one that it states elsewhere.":
        "Ce qu'un site cache reste caché dans l'ensemble. Comparez l'empreinte affichée de chaque "
        "site à celle qu'il indique par ailleurs.",
    "New CSV file: a summarised_result of all sites and of the pool.":
        "Nouveau fichier CSV : un summarised_result de tous les sites et de leur ensemble.",
    # targeting
    "Count ten published SNDS algorithms three ways, and explain each difference.":
        "Compter dix algorithmes publiés du SNDS de trois façons, et expliquer chaque écart.",
    "Raw tables of the lake by SQL, the CDM by source concepts, the CDM by standard concepts: "
    "what the mapping lost. Exact counts, for use inside.":
        "Tables brutes par SQL, CDM par concepts source, CDM par concepts standard : ce que les "
        "alignements ont perdu. Effectifs exacts, à usage interne.",
    "Default: the last one observed.": "Par défaut : la dernière observée.",
    "Folder; default: <workspace>/targeting/<release>-<year>.":
        "Dossier ; par défaut : <espace>/targeting/<version>-<année>.",
}
# fmt: on
