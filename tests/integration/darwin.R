# A release opened by CDMConnector, and the yearly figures of IncidencePrevalence, as CSV.
# Arguments: the DuckDB file of the release, an empty folder.
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(CDMConnector))

folder <- arguments[2]
con <- DBI::dbConnect(duckdb::duckdb(), file.path(folder, "work.duckdb"))
DBI::dbExecute(con, sprintf("attach '%s' as rel (read_only)", arguments[1]))
DBI::dbExecute(con, "create schema if not exists study")
cdm <- cdmFromCon(
  con,
  cdmSchema = c(catalog = "rel", schema = "cdm"),
  writeSchema = c(catalog = "work", schema = "study"),
  cdmName = "SNDS"
)
write.csv(snapshot(cdm), file.path(folder, "snapshot.csv"), row.names = FALSE)

# The two commonest diagnoses and the commonest drug, by their own concepts.
commonest <- DBI::dbGetQuery(con, "
  select concept_id from (
    select condition_concept_id as concept_id, count(distinct person_id) as persons, 2 as kept
    from rel.cdm.condition_occurrence where condition_concept_id <> 0 group by all
    union all
    select drug_concept_id, count(distinct person_id), 1
    from rel.cdm.drug_exposure where drug_concept_id <> 0 group by all
  )
  qualify row_number() over (partition by kept order by persons desc, concept_id) <= kept
  order by concept_id
")$concept_id
cdm <- generateConceptCohortSet(
  cdm,
  conceptSet = setNames(as.list(as.integer(commonest)), c("one", "two", "three")),
  name = "outcome", limit = "first", end = "event_end_date", overwrite = TRUE
)
write.csv(dplyr::collect(cdm$outcome), file.path(folder, "cohorts.csv"), row.names = FALSE)

cdm <- IncidencePrevalence::generateDenominatorCohortSet(
  cdm, name = "denominator", sex = c("Both", "Male", "Female"), daysPriorObservation = c(0, 365)
)
export <- function(result, name) {
  omopgenerics::exportSummarisedResult(result, minCellCount = 0, fileName = name, path = folder)
}
export(
  IncidencePrevalence::estimateIncidence(
    cdm, denominatorTable = "denominator", outcomeTable = "outcome",
    interval = "years", repeatedEvents = FALSE, outcomeWashout = Inf
  ),
  "incidence.csv"
)
export(
  IncidencePrevalence::estimatePeriodPrevalence(
    cdm, denominatorTable = "denominator", outcomeTable = "outcome",
    interval = "years", fullContribution = FALSE
  ),
  "prevalence.csv"
)
