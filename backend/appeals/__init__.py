"""Appeals: registered, followed by number and secret code, answered by the statutory clock.

`model` is what the office decides, `deadlines` the clock (both pure); `rows` the tables; `registration`, `work` and
`following` what staff and clients do; `notices`, `reminders` and `moving` what follows from it.
"""
