-- Vaccines against influenza: one row a day of dispensing, which is the day of entry and of exit.
select distinct
    drug_exposure.person_id as subject_id,
    drug_exposure.drug_exposure_start_date as cohort_start_date,
    drug_exposure.drug_exposure_start_date as cohort_end_date
from cdm.drug_exposure
inner join cdm.concept
    on drug_exposure.drug_concept_id = concept.concept_id
where
    concept.vocabulary_id = 'CVX'
    and concept.concept_name like 'Influenza%'
