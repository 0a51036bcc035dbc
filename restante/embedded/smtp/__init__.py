"""Receiving by SMTP on one machine, in a process of its own.

protocol.py decides what is said and has no I/O; server.py carries bytes between it and the network; committing.py
gathers finished mails and has them kept together; process.py puts these on a backend and runs them.
"""
