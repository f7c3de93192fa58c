# The tasks of a machine.
