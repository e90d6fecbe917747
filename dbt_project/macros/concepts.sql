{# The concepts that models name. Evidence: shared reference list, levels A and B, and the
   type concepts and condition statuses created in sequence by OHDSI/Vocabulary-v5.0 (2020-08-20). #}
{% macro concept(name) -%}
    {%- set concepts = {
        'no_match': 0,
        'male': 8507,
        'female': 8532,
        'claim': 32810,
        'claim_discharge_record': 32812,
        'claim_enrolment_record': 32813,
        'cost_record': 32814,
        'death_certificate': 32815,
        'government_report': 32848,
        'hospital_cost': 32852,
        'inpatient_claim': 32853,
        'inpatient_claim_detail': 32854,
        'inpatient_claim_header': 32855,
        'outpatient_claim': 32859,
        'outpatient_claim_detail': 32860,
        'outpatient_claim_header': 32861,
        'secondary_payer': 32868,
        'pharmacy_claim': 32869,
        'professional_claim': 32871,
        'algorithm_from_claims': 32881,
        'confirmed_diagnosis': 32893,
        'contributory_cause_of_death': 32894,
        'immediate_cause_of_death': 32897,
        'primary_diagnosis': 32902,
        'secondary_diagnosis': 32908,
        'underlying_cause_of_death': 32911,
        'cdm_v5_4': 756265,
    } -%}
    {{ concepts[name] }}
{%- endmacro %}
