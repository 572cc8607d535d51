"""What is asked: definition of a survey, the walk from question to question, scoring and figures. Pure.

Import the module you need (`surveys.walk`, `surveys.figures` …): nothing is loaded here, so that a command
that prints figures does not pay for the validation library.
"""
