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
        'death_certificate': 32815,
        'government_report': 32848,
        'inpatient_claim': 32853,
        'inpatient_claim_detail': 32854,
        'inpatient_claim_header': 32855,
        'outpatient_claim': 32859,
        'pharmacy_claim': 32869,
        'professional_claim': 32871,
        'algorithm_from_claims': 32881,
        'confirmed_diagnosis': 32893,
        'primary_diagnosis': 32902,
        'secondary_diagnosis': 32908,
        'cdm_v5_4': 756265,
    } -%}
    {{ concepts[name] }}
{%- endmacro %}
