"""`python -m tests.bench`: how fast Countersign is, beside what this machine could do at best.

Two limits are measured in the same run: the statements of a request sent by psycopg with no
framework around them (`raw`), and the same by a Django view with nothing else around it under the
same web server (`bare`). The statements are recorded from real requests when the run starts, so
the limits follow the code; docs/performance.md says how to read the table.
"""
