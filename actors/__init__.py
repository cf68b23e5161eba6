"""Desks: pure rules, the session actor that applies them, runners of jobs, and their supervisor.

Knows `state.model` and the ports it declares; knows neither HTTP nor processes nor files.
"""
