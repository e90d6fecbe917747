"""The two files that network portals read: CatalogueExport (EHDEN) and DashboardExport (DARWIN EU).

Facts of both: their formats and the meaning of each analysis (Apache-2.0); SQL of ours. The files
are the tools' own, for use inside: what may leave is the share pack's.
"""
