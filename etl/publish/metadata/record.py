"""The HealthDCAT-AP record as an RDF graph: dataset, variables, quality, provenance."""

from __future__ import annotations

from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import XSD

from etl import __version__
from etl.publish.metadata.authorities import profile
from etl.publish.metadata.facts import Facts
from etl.publish.metadata.steward import LEGAL_STATUS, Agent, Steward, Words
from etl.publish.metadata.tables import add_variables
from etl.release.manifest import Manifest

DISTRIBUTIONS = {
    "distribution": (
        Words(fr="OMOP CDM 5.4", en="OMOP CDM 5.4"),
        Words(
            fr="Tables de l'OMOP CDM 5.4, à lire dans un environnement sécurisé, sur autorisation.",
            en="Tables of the OMOP CDM 5.4, to be read in a secure environment, on a permit.",
        ),
    ),
    "sample": (
        Words(fr="Échantillon synthétique", en="Synthetic sample"),
        Words(
            fr="Données inventées de la même forme : aucune personne n'y est décrite.",
            en="Invented data of the same form: no person is described.",
        ),
    ),
    "analytics": (
        Words(fr="Agrégats publiables", en="Aggregates that may leave"),
        Words(
            fr="Effectifs et qualité de la version, petits effectifs cachés.",
            en="Counts and quality of the release, small counts hidden.",
        ),
    ),
}


class Record:
    """Builds the graph of one release."""

    def __init__(self, manifest: Manifest, steward: Steward, facts: Facts) -> None:
        self.manifest, self.steward, self.facts = manifest, steward, facts
        self.graph = Graph(bind_namespaces="none")
        self.ns = {name: Namespace(uri) for name, uri in profile()["namespaces"].items()}
        for name, namespace in self.ns.items():
            self.graph.bind(name, namespace)
        self.dataset = URIRef(steward.uri)

    def build(self) -> Graph:
        self._describe()
        self._agents()
        self._distributions()
        self._coverage()
        self._codings()
        self._quality()
        self._provenance()
        add_variables(self.graph, self.ns, self.dataset, self._part("variables"))
        return self.graph

    def _part(self, name: str) -> URIRef:
        return URIRef(f"{self.dataset}#{name}")

    def _add(self, subject: URIRef, name: str, value: URIRef | Literal) -> None:
        """Add a triple; ``name`` is ``prefix:local``."""
        self.graph.add((subject, self._term(name), value))

    def _term(self, name: str) -> URIRef:
        prefix, _, local = name.partition(":")
        return self.ns[prefix][local]

    def _type(self, subject: URIRef, *names: str) -> None:
        for name in names:
            self.graph.add((subject, RDF.type, self._term(name)))

    def _words(self, subject: URIRef, name: str, words: Words) -> None:
        for language in ("fr", "en"):
            self._add(subject, name, Literal(getattr(words, language), lang=language))

    def _authority(self, listing: str, code: str, *kinds: str) -> URIRef:
        """A concept of an authority list, with its scheme, as the profile wants them typed."""
        scheme = URIRef(profile()["authorities"][listing].rstrip("/"))
        concept = URIRef(f"{profile()['authorities'][listing]}{code}")
        self._type(concept, "skos:Concept", *kinds)
        self._add(concept, "skos:inScheme", scheme)
        self._add(concept, "skos:prefLabel", Literal(code))
        self._type(scheme, "skos:ConceptScheme")
        self._add(scheme, "dct:title", Literal(listing.replace("_", " "), lang="en"))
        return concept

    def _describe(self) -> None:
        dataset, steward = self.dataset, self.steward
        self._type(dataset, "dcat:Dataset")
        self._words(dataset, "dct:title", steward.title)
        self._words(dataset, "dct:description", steward.description)
        for language in ("fr", "en"):
            for keyword in getattr(steward.keywords, language):
                self._add(dataset, "dcat:keyword", Literal(keyword, lang=language))
        self._add(dataset, "dct:identifier", Literal(steward.identifier))
        self._add(dataset, "dcat:version", Literal(self.manifest.release_id))
        rights = self._authority("access_right", "NON_PUBLIC", "dct:RightsStatement")
        self._add(dataset, "dct:accessRights", rights)
        self._add(dataset, "dct:type", self._authority("dataset_type", steward.dataset_type))
        self._add(dataset, "dcat:theme", self._authority("theme", "HEAL"))
        for code in steward.health_categories:
            concept = self._authority("health_category", code)
            self._add(dataset, "healthdcatap:healthCategory", concept)
        for code in steward.health_themes:
            self._add(dataset, "healthdcatap:healthTheme", self._authority("health_theme", code))
        language = self._authority("language", "FRA", "dct:LinguisticSystem")
        self._add(dataset, "dct:language", language)
        if steward.frequency:
            frequency = self._authority("frequency", steward.frequency, "dct:Frequency")
            self._add(dataset, "dct:accrualPeriodicity", frequency)
        self._legislate(dataset)
        for name, words, kind in (
            ("dpv:hasPurpose", steward.purpose, "dpv:Purpose"),
            ("dpv:hasLegalBasis", steward.legal_basis, "dpv:LegalBasis"),
        ):
            if words:
                node = self._part(kind.partition(":")[2])
                self._type(node, kind)
                self._words(node, "dct:description", words)
                self._add(dataset, name, node)
        for personal in ("Age", "Gender"):
            node = self.ns["dpvpd"][personal]
            self._type(node, "dpv:PersonalData")
            self._add(dataset, "dpv:hasPersonalData", node)
        pages = {
            "dcat:landingPage": (steward.landing_page,) if steward.landing_page else (),
            "foaf:page": steward.documentation,
            "dct:isReferencedBy": steward.publications,
            # dct:source asks for a whole description of another dataset: an address is related.
            "dct:relation": steward.sources,
        }
        for name, addresses in pages.items():
            for address in addresses:
                self._add(dataset, name, URIRef(address))
                page = name in ("dcat:landingPage", "foaf:page")
                self._type(URIRef(address), "foaf:Document" if page else "rdfs:Resource")

    def _legislate(self, subject: URIRef) -> None:
        law = URIRef(profile()["legislation"])
        self._type(law, "eli:LegalResource")
        self._add(subject, "dcatap:applicableLegislation", law)

    def _agents(self) -> None:
        for name, agent in (
            ("dct:publisher", self.steward.publisher),
            ("geodcatap:custodian", self.steward.custodian),
            ("healthdcatap:hdab", self.steward.hdab),
        ):
            self._add(self.dataset, name, self._agent(name.partition(":")[2], agent))
        contact = self._part("contact")
        self._type(contact, "vcard:Kind")
        if self.steward.contact_email:
            mail = URIRef(f"mailto:{self.steward.contact_email}")
            self._add(contact, "vcard:hasEmail", mail)
        if self.steward.contact_page:
            self._add(contact, "vcard:hasURL", URIRef(self.steward.contact_page))
        self._add(self.dataset, "dcat:contactPoint", contact)

    def _agent(self, role: str, agent: Agent) -> URIRef:
        node, office = self._part(role), self._part(f"{role}-contact")
        self._type(node, "foaf:Agent")
        self._add(node, "foaf:name", Literal(agent.name))
        if agent.type:
            self._add(node, "dct:type", self._authority("publisher_type", agent.type))
        self._type(office, "cv:ContactPoint")
        if agent.email:
            self._add(office, "cv:email", Literal(agent.email))
        if agent.page:
            self._add(office, "cv:contactPage", URIRef(agent.page))
        self._add(node, "cv:contactPoint", office)
        return node

    def _distributions(self) -> None:
        steward = self.steward
        for name, address, form in (
            ("dcat:distribution", steward.access_page, "PARQUET"),
            ("adms:sample", steward.sample_page, "CSV"),
            ("healthdcatap:analytics", steward.analytics_page, "CSV"),
        ):
            if address:
                self._distribution(name, address, form)

    def _distribution(self, name: str, address: str, form: str) -> None:
        part = name.partition(":")[2]
        node = self._part(part)
        self._type(node, "dcat:Distribution")
        title, description = DISTRIBUTIONS[part]
        self._words(node, "dct:title", title)
        self._words(node, "dct:description", description)
        self._type(URIRef(address), "rdfs:Resource")
        self._add(node, "dcat:accessURL", URIRef(address))
        self._add(node, "dct:format", self._authority("file_type", form, "dct:MediaTypeOrExtent"))
        self._legislate(node)
        if part == "distribution":
            rights = self._part("rights")
            self._type(rights, "dct:RightsStatement")
            self._words(rights, "rdfs:label", LEGAL_STATUS[self.steward.legal_status])
            self._add(node, "dct:rights", rights)
            if self.steward.licence:
                self._type(URIRef(self.steward.licence), "dct:LicenseDocument")
                self._add(node, "dct:license", URIRef(self.steward.licence))
            if self.steward.availability:
                planned = self._authority("availability", self.steward.availability)
                self._add(node, "dcatap:availability", planned)
        self._add(self.dataset, name, node)

    def _coverage(self) -> None:
        dataset, facts = self.dataset, self.facts
        country = self._authority("country", self.steward.country, "dct:Location")
        self._add(dataset, "dct:spatial", country)
        if facts.first_month and facts.last_month:
            self._period("dct:temporal", "observed", facts.first_month, facts.last_month)
        if self.steward.retention_from and self.steward.retention_until:
            bounds = (self.steward.retention_from, self.steward.retention_until)
            self._period("healthdcatap:retentionPeriod", "retention", *bounds)
        self._add(dataset, "dcat:temporalResolution", Literal("P1D", datatype=XSD.duration))
        if self.steward.population_coverage:
            coverage = self.steward.population_coverage
            self._words(dataset, "healthdcatap:populationCoverage", coverage)
        for name, number in (
            ("numberOfUniqueIndividuals", facts.persons),
            ("numberOfRecords", facts.records),
            ("minTypicalAge", facts.youngest),
            ("maxTypicalAge", facts.oldest),
        ):
            if number is not None:
                value = Literal(str(number), datatype=XSD.nonNegativeInteger)
                self._add(dataset, f"healthdcatap:{name}", value)

    def _period(self, name: str, part: str, start: object, end: object) -> None:
        node = self._part(part)
        self._type(node, "dct:PeriodOfTime")
        self._add(node, "dcat:startDate", Literal(str(start), datatype=XSD.date))
        self._add(node, "dcat:endDate", Literal(str(end), datatype=XSD.date))
        self._add(self.dataset, name, node)

    def _codings(self) -> None:
        codes = {"OHDSI-VOCAB"}
        known = profile()["coding_systems"]
        codes |= {known[name] for name in self.facts.vocabularies if name in known}
        for code in sorted(codes):
            system = self._authority("coding_system", code, "dct:Standard")
            self._add(self.dataset, "healthdcatap:hasCodingSystem", system)
        standard = self._authority("standard", "OMOP-CDM", "dct:Standard")
        self._add(self.dataset, "dct:conformsTo", standard)
        for code in self.facts.codes:
            self._add(self.dataset, "healthdcatap:hasCodeValues", Literal(code))

    def _quality(self) -> None:
        note = self._part("quality")
        self._type(note, "dqv:QualityCertificate", "dqv:QualityAnnotation")
        self._add(note, "oa:hasTarget", self.dataset)
        self._add(note, "oa:motivatedBy", self._term("dqv:qualityAssessment"))
        self._add(note, "oa:hasBody", self._part("quality-text"))
        accepted = "accepted" if self.manifest.verdict.get("accepted") else "refused"
        text = f"Checked and {accepted} by the quality gate of snds-omop {__version__}."
        self._add(self._part("quality-text"), "rdfs:comment", Literal(text, lang="en"))
        self._add(self.dataset, "dqv:hasQualityAnnotation", note)
        measures = {
            f"checks-passed-{name.lower()}": (f"Applicable checks passed: {name}", share)
            for name, share in self.facts.quality.items()
        }
        measures |= {
            f"records-mapped-{name.lower()}": (f"Records with a standard concept: {name}", share)
            for name, share in self.facts.mapped.items()
        }
        for name, (label, share) in measures.items():
            self._measure(name.replace(" ", "-"), label, share)

    def _measure(self, name: str, label: str, share: float) -> None:
        metric, measure = self._part(f"metric-{name}"), self._part(f"measure-{name}")
        self._type(metric, "dqv:Metric")
        self._add(metric, "skos:definition", Literal(label, lang="en"))
        self._add(metric, "dqv:expectedDataType", XSD.decimal)
        self._type(measure, "dqv:QualityMeasurement")
        self._add(measure, "dqv:isMeasurementOf", metric)
        self._add(measure, "dqv:computedOn", self.dataset)
        self._add(measure, "dqv:value", Literal(str(share), datatype=XSD.decimal))
        self._add(self.dataset, "dqv:hasQualityMeasurement", measure)

    def _provenance(self) -> None:
        statement, run, tool = (self._part(name) for name in ("provenance", "run", "tool"))
        self._type(statement, "dct:ProvenanceStatement")
        self._words(statement, "rdfs:label", self.steward.provenance)
        self._add(self.dataset, "dct:provenance", statement)
        self._type(run, "prov:Activity")
        self._add(run, "rdfs:label", Literal("SNDS to OMOP CDM 5.4", lang="en"))
        ended = Literal(self.manifest.created_at.isoformat(), datatype=XSD.dateTime)
        self._add(run, "prov:endedAtTime", ended)
        self._type(tool, "prov:SoftwareAgent")
        version = self.manifest.code.get("commit") or self.manifest.code["sha256"]
        name = f"snds-omop {self.manifest.identity.etl_version} ({version[:12]})"
        self._add(tool, "foaf:name", Literal(name))
        self._add(run, "prov:wasAssociatedWith", tool)
        delivered = self.manifest.inputs
        tables = {e.source_table for e in delivered if e.source_table and e.fate == "loaded"}
        for table in sorted(tables):
            source = self._part(f"source-{table}")
            self._type(source, "prov:Entity")
            self._add(source, "rdfs:label", Literal(table))
            self._add(run, "prov:used", source)
        self._type(self.dataset, "prov:Entity")
        self._add(self.dataset, "prov:wasGeneratedBy", run)
        if self.manifest.previous:
            previous = URIRef(f"{self.dataset}/{self.manifest.previous}")
            self._type(previous, "prov:Entity")
            self._add(self.dataset, "prov:wasRevisionOf", previous)
