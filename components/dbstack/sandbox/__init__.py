"""The embedded AWS sandbox: a background process with moto and Pulumi provider servers in it.

Nothing here is imported by ``import dbstack``; the command line and the test kit ask for what they need.
"""
