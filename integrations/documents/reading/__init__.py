"""What runs in the reading child only: it has no secrets, few rights, and may die at any moment.

Only main.py is named from outside, as the child's start. Modules import what their kind of file
needs when it is needed: OCR costs a second, most files need none.
"""
