"""The help pages in French: each paragraph and option in English, and the same in French."""

from __future__ import annotations

import re

import click

from etl.cli.help_fr_study import STUDY
from etl.cli.placeholders_fr import french_placeholders

# Words that click writes by itself.
_HEADINGS = {"Options": "Options", "Commands": "Commandes"}
_CLICK = {
    "Show this message and exit.": "Afficher cette aide.",
    "Show the version and exit.": "Afficher le numéro de version.",
}
_EXTRAS = (("default: ", "par défaut : "), ("required", "obligatoire"))

# fmt: off
FRENCH = {
    # snds-omop
    "From raw SNDS files to releases of the OMOP CDM 5.4.":
        "Des fichiers bruts du SNDS à des versions publiées de l'OMOP CDM 5.4.",
    "Exit codes: 0 done, 1 a bug, 2 usage or configuration, 3 the quality gate refused, "
    "4 the input broke its contract, 5 the privacy guard refused, 130 interrupted.":
        "Codes de sortie : 0 fait, 1 défaut du logiciel, 2 commande ou configuration, "
        "3 refus du contrôle qualité, 4 livraison non conforme, 5 refus de la protection "
        "des données, 130 interruption.",
    "Global options, before or after the command: "
    "--workspace DIR Folder of lake, state, build, quality and releases. "
    "--config FILE Settings; default: ./snds-omop.toml. "
    "--lang fr|en Language of what is printed. "
    "--json One JSON object on stdout; rest on stderr. "
    "--quiet Errors only. "
    "--debug Full trace of an error.":
        "\b\n"
        "Options générales, avant ou après la commande :\n"
        "  --workspace DOSSIER  Dossier du lac, de l'état, des constructions, des\n"
        "                       contrôles et des versions.\n"
        "  --config FICHIER     Réglages ; par défaut : ./snds-omop.toml.\n"
        "  --lang fr|en         Langue de ce qui est affiché.\n"
        "  --json               Un objet JSON sur la sortie ; le reste sur stderr.\n"
        "  --quiet              Les erreurs seulement.\n"
        "  --debug              La trace complète d'une erreur.",
    "Folder of lake, state, build, quality and releases.":
        "Dossier du lac, de l'état, des constructions, des contrôles et des versions.",
    "Default: ./snds-omop.toml.": "Par défaut : ./snds-omop.toml.",
    "Language of what is printed.": "Langue de ce qui est affiché.",
    "One JSON object on stdout; rest on stderr.":
        "Un objet JSON sur la sortie ; le reste sur stderr.",
    "Errors only.": "Les erreurs seulement.",
    "Full trace of an error.": "La trace complète d'une erreur.",
    # the list of commands
    "Synthetic SNDS to a finished release, in one go.":
        "D'un SNDS synthétique à une version publiée, en une fois.",
    "Real files to a release; resumes where it stopped.":
        "Des fichiers réels à une version ; reprend où elle s'est arrêtée.",
    "Write a commented configuration file.": "Écrire un fichier de configuration commenté.",
    "Check machine, versions, vocabulary and workspace.":
        "Vérifier la machine, les versions, le vocabulaire et l'espace de travail.",
    "Look at a delivery without loading it.": "Examiner une livraison sans la charger.",
    "Write a coherent synthetic SNDS with its answer key.":
        "Écrire un SNDS synthétique cohérent et son corrigé.",
    "Load delivery files into the lake.": "Charger les fichiers d'une livraison dans le lac.",
    "Load, check and measure vocabularies and mappings.":
        "Charger, vérifier et mesurer les vocabulaires et les alignements.",
    "Transform the lake into a candidate CDM with dbt.":
        "Transformer le lac en une version candidate avec dbt.",
    "Check the candidate and apply the gate.": "Contrôler la version candidate et rendre un avis.",
    "Show where the steward report is.": "Montrer où est le rapport du responsable des données.",
    "Create, list, compare, promote, roll back, verify releases.":
        "Créer, lister, comparer, promouvoir, rétablir, vérifier des versions.",
    "PostgreSQL, Parquet, metadata, share pack.":
        "PostgreSQL, Parquet, métadonnées, lot à partager.",
    "Exclude persons who object, or lift it.":
        "Exclure les personnes qui s'opposent, ou lever l'exclusion.",
    "Trace a CDM row to its file and line, or back.":
        "Retracer une ligne du CDM à son fichier et à sa ligne, ou l'inverse.",
    # demo, run
    "Synthetic SNDS to a finished release, in one go; prints where everything is.":
        "D'un SNDS synthétique à une version publiée, en une fois ; affiche où tout se trouve.",
    "Number of made-up persons.": "Nombre de personnes fictives.",
    "The persons are made up. Example: snds-omop demo --persons 200":
        "Les personnes sont fictives. Exemple : snds-omop demo --persons 200",
    "Real files to a release: stage, build, validate, release.":
        "Des fichiers réels à une version : stage, build, validate, release.",
    "Run it again after an interruption: what is done is not done twice.":
        "Après une interruption, relancez-la : ce qui est fait n'est pas refait.",
    "Example: snds-omop run --input /data/delivery --workspace /data/omop":
        "Exemple : snds-omop run --input /data/livraison --workspace /data/omop",
    "Delivery directory, looked at with its sub-folders.":
        "Dossier de la livraison, examiné avec ses sous-dossiers.",
    "Year of the files whose name holds a literal `aa` (T_MCOaaB).":
        "Année des fichiers dont le nom contient `aa` en toutes lettres (T_MCOaaB).",
    "In place of delivery.toml in the delivery's folder.":
        "À la place de delivery.toml dans le dossier de la livraison.",
    # init, doctor, profile
    "Write snds-omop.toml here, with every setting, its default and what it does.":
        "Écrire ici snds-omop.toml, avec chaque réglage, sa valeur par défaut et son effet.",
    "A terminal is asked for the names of the site, which publications for networks need. With a "
    "population, write a delivery.toml as well, which declares it; `unknown` writes none.":
        "Dans un terminal, demande les noms du site, nécessaires aux publications des réseaux. "
        "Avec une population, écrit aussi un delivery.toml qui la déclare ; `unknown` n'en "
        "écrit pas.",
    "Replace an existing file.": "Remplacer un fichier existant.",
    "Who is in the delivery: asked in a terminal when it is not given.":
        "Qui est dans la livraison ; demandé dans un terminal si ce n'est pas donné.",
    "Name of the source in full.": "Nom complet de la source.",
    "Short name of the site: letters, digits, - and _.":
        "Nom court du site : lettres, chiffres, - et _.",
    "Institution that holds the data.": "Organisme qui détient les données.",
    "Day of the extraction, YYYY-MM-DD.": "Jour de l'extraction, AAAA-MM-JJ.",
    "Check machine, versions, vocabulary and workspace; show what to correct.":
        "Vérifier la machine, les versions, le vocabulaire et l'espace de travail ; montrer "
        "ce qu'il faut corriger.",
    "Look at a delivery in one pass, without loading it.":
        "Examiner une livraison en une lecture, sans la charger.",
    "Writes profile_fr.html, profile_en.html, profile.json and a proposed delivery.toml. Exit "
    "code 4 when a file would be refused.":
        "Écrit profile_fr.html, profile_en.html, profile.json et une proposition de "
        "delivery.toml. Code de sortie 4 si un fichier serait refusé.",
    "Folder of what is written (default: WORKSPACE/profile).":
        "Dossier de ce qui est écrit (par défaut : ESPACE/profile).",
    # synth, stage
    "Write a coherent synthetic SNDS with its answer key (answers/).":
        "Écrire un SNDS synthétique cohérent et son corrigé (answers/).",
    "Folder to write; created if need be.": "Dossier à écrire ; créé au besoin.",
    "Same seed, same bytes.": "Même graine, mêmes octets.",
    "YYYY-YYYY or YYYY.": "AAAA-AAAA ou AAAA.",
    "The simplified datamart (NS_PRS_F…) in place of DCIR.":
        "Le datamart simplifié (NS_PRS_F…) à la place du DCIR.",
    "TOML file of faults: doses of planted cases, files to damage.":
        "Fichier TOML des défauts : doses des cas plantés, fichiers à abîmer.",
    "Load delivery files, or tables of a database, into the lake.":
        "Charger dans le lac les fichiers d'une livraison, ou les tables d'une base.",
    "Files that did not change are left alone. A file that cannot be trusted is refused whole, "
    "the others are loaded, and the exit code is 4.":
        "Les fichiers inchangés ne sont pas relus. Un fichier auquel on ne peut se fier est "
        "refusé en entier, les autres sont chargés, et le code de sortie est 4.",
    "postgresql://user@host/database or oracle://user@host:1521/?service_name=NAME, instead of "
    "--input; from the variable SNDS_OMOP_FROM_DB, a password stays unseen.":
        "postgresql://utilisateur@hôte/base ou oracle://utilisateur@hôte:1521/?service_name=NOM, "
        "à la place de --input ; dans la variable SNDS_OMOP_FROM_DB, un mot de passe ne se voit "
        "pas.",
    "With --from-db: names, separated by commas (default: all).":
        "Avec --from-db : des noms séparés par des virgules (par défaut : toutes).",
    "With --from-db: owner of the tables.": "Avec --from-db : propriétaire des tables.",
    "With --from-db: read also flux months and years already there.":
        "Avec --from-db : lire aussi les mois de flux et les années déjà chargés.",
    "Year of the files or tables whose name holds a literal `aa` (T_MCOaaB).":
        "Année des fichiers ou des tables dont le nom contient `aa` en toutes lettres (T_MCOaaB).",
    "Read only the I-th of N shares of the files, outside the lake; N machines do so at once, then "
    "`stage` without it puts them together.":
        "Ne lire que la I-ième de N parts des fichiers, à côté du lac ; N machines le font à la "
        "fois, puis `stage` sans cette option les réunit.",
    # vocab
    "Check every mapping file; against the loaded vocabulary too when it is a real one.":
        "Vérifier chaque fichier d'alignement, et le comparer au vocabulaire chargé si celui-ci "
        "est complet.",
    "Value tables of the SNDS: do codes exist?":
        "Tables de valeurs du SNDS : les codes existent-ils ?",
    "How much of the candidate reaches a standard concept, by code and by record.":
        "La part de la version candidate qui atteint un concept standard, par code et par ligne.",
    "With --reference: how much of the country's care would, by published counts of each code.":
        "Avec --reference : la part des soins du pays qui l'atteindrait, d'après les effectifs "
        "publiés de chaque code.",
    "One line per year.": "Une ligne par année.",
    "A CSV file; counts under the minimum are hidden.":
        "Un fichier CSV ; les effectifs sous le minimum sont masqués.",
    "National counts instead: a folder or a CSV file.":
        "Plutôt des effectifs nationaux : un dossier ou un fichier CSV.",
    "With --reference: a CSV file of codes without target.":
        "Avec --reference : un fichier CSV des codes sans cible.",
    "What a new vocabulary changes for approved mappings (bundles, or lake/vocabulary).":
        "Ce qu'un nouveau vocabulaire change aux alignements approuvés (archives d'Athena, ou "
        "lake/vocabulary).",
    "A CSV file of what changed.": "Un fichier CSV de ce qui a changé.",
    "Write approved mappings as SSSOM, one file per vocabulary.":
        "Écrire les alignements approuvés en SSSOM, un fichier par vocabulaire.",
    "Folder of the SSSOM files.": "Dossier des fichiers SSSOM.",
    "Take in a file exported by Usagi; refused whole when a line breaks a rule.":
        "Reprendre un fichier exporté par Usagi ; refusé en entier si une ligne enfreint une "
        "règle.",
    "For example SNDS_CCAM.": "Par exemple SNDS_CCAM.",
    "Into the project's file, not the site's own.":
        "Dans le fichier du projet, et non dans celui du site.",
    "Write the vocabulary and the resolution tables to the lake.":
        "Écrire dans le lac le vocabulaire et les tables de résolution.",
    "Bundle of Athena: a folder or a zip. Default: the demo.":
        "Archive d'Athena : un dossier ou un zip. Par défaut : la démonstration.",
    "Give ids to codes of the project's mapping files that have none (for maintainers).":
        "Numéroter les codes des alignements du projet qui n'ont pas d'identifiant (pour les "
        "mainteneurs).",
    "Write lexical candidates for unmapped codes; a person must approve each of them.":
        "Proposer des cibles d'après les libellés aux codes non alignés ; une personne doit "
        "approuver chacune.",
    "Default: quality/mapping of the workspace.":
        "Par défaut : quality/mapping de l'espace de travail.",
    "Write what is left to map, one Usagi file per vocabulary, most frequent first.":
        "Écrire ce qui reste à aligner, un fichier Usagi par vocabulaire, le plus fréquent "
        "d'abord.",
    "Also codes that only reach a wider concept.":
        "Aussi les codes qui n'atteignent qu'un concept plus large.",
    "Add lexical candidates.": "Ajouter des cibles proposées d'après les libellés.",
    # build, validate, report
    "Example: snds-omop build --select +drug_exposure":
        "Exemple : snds-omop build --select +drug_exposure",
    "dbt selection, e.g. --select +person.": "Sélection de dbt, par exemple --select +person.",
    "Keep nothing of a stopped build.": "Ne rien garder d'une construction arrêtée.",
    "Exit code 0 when the candidate is accepted, 3 when the gate refuses it.":
        "Code de sortie 0 si la version candidate est acceptée, 3 si elle est refusée.",
    "Write the steward report of the last validation and show where it is.":
        "Écrire le rapport du dernier contrôle et montrer où il est.",
    "One HTML file a language: it opens in any browser and asks the network for nothing.":
        "Un fichier HTML par langue : il s'ouvre dans tout navigateur et ne demande rien au "
        "réseau.",
    # release
    "Create, list, compare, promote, roll back, verify releases; extract parts of them.":
        "Créer, lister, comparer, promouvoir, rétablir, vérifier des versions ; en extraire "
        "une partie.",
    "Make the candidate the current release, once its cohorts are counted.":
        "Faire de la version candidate la version en service, une fois ses cohortes comptées.",
    "With --reproduce, the candidate is first built again with the settings of the manifest.":
        "Avec --reproduce, la candidate est d'abord reconstruite avec les réglages du manifeste.",
    "Build again as this manifest states; refuse unless every CDM table has its hash.":
        "Reconstruire comme l'indique ce manifeste ; refuser si une table du CDM n'a pas son "
        "empreinte.",
    "State what changed from release BEFORE to release AFTER, as JSON and as a page.":
        "Écrire ce qui a changé de la version BEFORE à la version AFTER, en JSON et en page.",
    "Folder of the two files; default: <workspace>/diffs.":
        "Dossier des deux fichiers ; par défaut : <espace>/diffs.",
    "Destroy the maps of ids of the extracts of permit NUMBER; the holder destroys the rest.":
        "Détruire les correspondances d'identifiants des extraits de l'autorisation NUMBER ; le "
        "titulaire détruit le reste.",
    "Write the part of a release that a permit grants, under random ids of its own.":
        "Écrire la partie d'une version qu'une autorisation accorde, sous des identifiants tirés "
        "au hasard pour elle.",
    "What the permit does not grant is absent. The map of ids stays in state/.":
        "Ce que l'autorisation n'accorde pas est absent. La correspondance des identifiants "
        "reste dans state/.",
    "TOML file: number, holder, expiry; persons, period, tables, precision.":
        "Fichier TOML : numéro, titulaire, échéance ; personnes, période, tables, précision.",
    "New folder.": "Nouveau dossier.",
    "Parent.": "Version d'origine.",
    "Show releases, oldest first; * marks the current one.":
        "Montrer les versions, la plus ancienne d'abord ; * marque la version en service.",
    "Keep RELEASE_ID when older releases are removed; published ones are kept anyway.":
        "Garder RELEASE_ID quand des versions anciennes sont retirées ; celles qui ont été "
        "publiées le sont déjà.",
    "Make RELEASE_ID current.": "Mettre RELEASE_ID en service.",
    "Make the release before the current one current.":
        "Revenir à la version qui précède la version en service.",
    "Check signature, files and audit log; RELEASE_ID is the current one by default.":
        "Vérifier signature, fichiers et journal ; par défaut, RELEASE_ID est la version "
        "en service.",
    "RELEASE_ID may be the folder of an extract: then its signature and files are checked.":
        "RELEASE_ID peut être le dossier d'un extrait : sa signature et ses fichiers sont alors "
        "vérifiés.",
    "Key of the holder who signed; default: the key of this workspace.":
        "Clé du signataire ; par défaut : la clé de cet espace de travail.",
    # publish
    "Publish a verified release: PostgreSQL, Parquet, metadata, share pack.":
        "Publier une version vérifiée : PostgreSQL, Parquet, métadonnées, lot à partager.",
    "Write the data folder that OHDSI's Ares reads: exact counts, for use inside.":
        "Écrire le dossier de données que lit Ares (OHDSI) : effectifs exacts, à usage interne.",
    "A folder that holds earlier releases keeps them; its indexes are written again.":
        "Un dossier qui contient des versions antérieures les garde ; ses index sont réécrits.",
    "Folder.": "Dossier.",
    "Release to publish.": "Version à publier.",
    "Write the HealthDCAT-AP record, the variables and the data dictionaries.":
        "Écrire la notice HealthDCAT-AP, les variables et les dictionnaires de données.",
    "The steward's file; default: <workspace>/steward.toml.":
        "Fichier du responsable des données ; par défaut : <espace>/steward.toml.",
    "Write a file of questions for the steward, and stop.":
        "Écrire un fichier de questions pour le responsable des données, et s'arrêter.",
    "Check a record edited by hand (Turtle or JSON-LD), and stop.":
        "Vérifier une notice modifiée à la main (Turtle ou JSON-LD), et s'arrêter.",
    "Folder; default: <workspace>/metadata/<release>.":
        "Dossier ; par défaut : <espace>/metadata/<version>.",
    "Write the files of CatalogueExport (EHDEN) and DashboardExport (DARWIN EU), for use inside.":
        "Écrire les fichiers de CatalogueExport (EHDEN) et de DashboardExport (DARWIN EU), à "
        "usage interne.",
    "Small counts are left out and others rounded up as these tools do; what leaves without "
    "another review is the pack of `publish share`.":
        "Les petits effectifs sont omis et les autres arrondis vers le haut, comme le font ces "
        "outils ; ce qui sort sans autre relecture est le lot de `publish share`.",
    "Write one folder of Parquet per table.": "Écrire un dossier de Parquet par table.",
    "Load a PostgreSQL database: rows, checks, keys, indexes, then one atomic switch.":
        "Charger une base PostgreSQL : lignes, contrôles, clés, index, puis une bascule unique.",
    "postgresql://user@host/database; PGPASSWORD works.":
        "postgresql://utilisateur@hôte/base ; PGPASSWORD est lu.",
    "Default: the schema of the CDM, where R packages look for it.":
        "Par défaut : le schéma du CDM, où les paquets R le cherchent.",
    "Also create the results tables that WebAPI fills, and write the SQL that registers the "
    "source.":
        "Créer aussi les tables de résultats que WebAPI remplit, et écrire le SQL qui déclare "
        "la source.",
    "Type of ids; `official` (INTEGER) is refused, with the reason.":
        "Type des identifiants ; `official` (integer) est refusé, avec la raison.",
    "Write aggregates that may leave: small counts hidden, the rest rounded.":
        "Écrire les agrégats qui peuvent sortir : petits effectifs masqués, les autres arrondis.",
    "Exit code 5 when a file holds a small count or could identify a person.":
        "Code de sortie 5 si un fichier contient un petit effectif ou pourrait désigner une "
        "personne.",
    "A table of your own to take along, if the guard finds nothing in it; repeatable.":
        "Un tableau à vous, à joindre si le contrôle n'y trouve rien ; répétable.",
    # persons
    "Exclude persons who object, from everything that is kept and from what comes later.":
        "Exclure les personnes qui s'opposent, de tout ce qui est gardé et de ce qui suivra.",
    "Remove the persons of a list, with all their rights, from everything that is kept.":
        "Retirer les personnes d'une liste, avec tous leurs droits, de tout ce qui est gardé.",
    "Lake, quarantine, registry and candidate lose their rows; kept releases are made again "
    "without them. Only keyed hashes remain, so that a later delivery does not bring the persons "
    "back.":
        "Le lac, la quarantaine, le registre et la candidate perdent leurs lignes ; les versions "
        "gardées sont refaites sans elles. Il ne reste que des empreintes à clé, pour qu'une "
        "livraison ultérieure ne ramène pas ces personnes.",
    "CSV whose header names person columns as delivered, or person_id.":
        "CSV dont l'en-tête nomme des colonnes de personnes telles que livrées, ou person_id.",
    "One word, for the audit log.": "Un mot, pour le journal.",
    "Of the decision; default: today.": "De la décision ; par défaut : aujourd'hui.",
    "Keep rows that name no person staged here: a later delivery may bring them.":
        "Garder les lignes qui ne désignent personne ici : une livraison ultérieure peut les "
        "apporter.",
    "Show the exclusions by day and ground; no key is kept that could be shown.":
        "Montrer les exclusions par jour et motif ; aucune clé n'est gardée qui puisse être "
        "montrée.",
    "Lift the exclusion of the persons of a list; the next delivery brings them back.":
        "Lever l'exclusion des personnes d'une liste ; la prochaine livraison les ramène.",
    # explain
    "Trace a CDM row to its file and line, or a line to its CDM rows.":
        "Retracer une ligne du CDM à son fichier et à sa ligne, ou une ligne à celles du CDM.",
    "It shows one person's row: for use inside the closed zone only. `person ID` also draws the "
    "person's timeline; of a real person only if the setting privacy.person_pages allows it "
    "(exit 5).":
        "Montre la ligne d'une personne : dans la zone fermée seulement. `person ID` dessine "
        "aussi la frise de la personne ; d'une personne réelle seulement si le réglage "
        "privacy.person_pages le permet (code 5).",
    "Examples: snds-omop explain drug_exposure 1477179342061632 "
    "snds-omop explain --source ER_PHA_F ER_PHA_F_2019.csv 12 "
    "snds-omop explain person 1 "
    "snds-omop explain --release 20240131-1a2b3c4d drug_exposure 1477179342061632":
        "\b\n"
        "Exemples : snds-omop explain drug_exposure 1477179342061632\n"
        "           snds-omop explain --source ER_PHA_F ER_PHA_F_2019.csv 12\n"
        "           snds-omop explain person 1\n"
        "           snds-omop explain --release 20240131-1a2b3c4d drug_exposure 1477179342061632",
    "WHAT is SNDS_TABLE FILE LINE instead of TABLE ID.":
        "WHAT est TABLE_SNDS FICHIER LIGNE au lieu de TABLE ID.",
    "Draw the timeline of `person ID` as a static page.":
        "Dessiner la frise de `person ID` sur une page.",
    "Rows of a release, or `current`.": "Lignes d'une version, ou de `current`.",
    **STUDY,
}
# fmt: on


def plain(paragraph: str) -> str:
    """One paragraph of help without its line breaks, as the keys of ``FRENCH`` are."""
    return " ".join(paragraph.replace("\b", "").split())


class FrenchHelp(click.HelpFormatter):
    """Writes what click asks it to write, in French; a text without its French stays."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, french_placeholders(args), "Utilisation : ")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)} :\n")

    def write_text(self, text: str) -> None:
        super().write_text("\n\n".join(_french(part) for part in text.split("\n\n")))

    def write_dl(self, rows: list[tuple[str, str]], *args: int, **kwargs: int) -> None:  # type: ignore[override]
        french = [(french_placeholders(name), _french_option(text)) for name, text in rows]
        super().write_dl(french, *args, **kwargs)


def _french(text: str) -> str:
    return french_placeholders(FRENCH.get(plain(text), text))


def _french_option(text: str) -> str:
    """The help of an option, with its default and whether it must be given: in brackets."""
    words, extra = re.fullmatch(r"(.*?)(\s*\[[^]]*\])?", text, re.DOTALL).groups()  # type: ignore[union-attr]
    for english, french in _EXTRAS:
        extra = (extra or "").replace(english, french)
    return (_CLICK.get(words) or _french(words)) + extra


class HelpContext(click.Context):
    """A context whose help is in the language that was asked for."""

    def make_formatter(self) -> click.HelpFormatter:
        """French where the command line asks for it."""
        if getattr(self.obj, "lang", "en") != "fr":
            return super().make_formatter()
        return FrenchHelp(width=self.terminal_width, max_width=self.max_content_width)
