"""Sartor: a company's OA, CRM and ERP, cut to measure from definitions. Holds the version and nothing else."""

__version__ = "0.1.0"
