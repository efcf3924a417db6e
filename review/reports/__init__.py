"""Reports that an officer hands over: tables made from what is recorded, for a process and period.

It stands in review because oversight is what people did there; governance is read from below.
"""
