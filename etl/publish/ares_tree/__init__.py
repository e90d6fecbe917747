"""The files that OHDSI's Ares reads, as Achilles' export and AresIndexer write them.

Facts of the form: Ares 0.6, Achilles 1.7.2 (``exportToAres``) and AresIndexer 0.2.0, Apache-2.0;
code and SQL of ours. The tree has exact counts: it is for use inside.
"""
