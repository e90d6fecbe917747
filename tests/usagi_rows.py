"""A line of a mapping file that keeps every rule."""

from __future__ import annotations

GOOD = {
    "sourceCode": "HHQE002",
    "sourceName": "Coloscopie totale",
    "mappingStatus": "APPROVED",
    "equivalence": "EQUIVALENT",
    "statusSetBy": "Bob",
    "statusSetOn": "1795392000000",
    "conceptId": "4249893",
    "conceptName": "Colonoscopy",
    "domainId": "Procedure",
    "mappingType": "MAPS_TO",
    "createdBy": "Alice",
    "createdOn": "1795305600000",
    "ADD_INFO:reviewer": "Bob",
}
