"""The rules: plain functions over frozen values. No database, web, clock or files."""
