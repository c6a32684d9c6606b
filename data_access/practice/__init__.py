"""Practice for new staff: rounds of ten made-up accounts, each with one best next action.

`cases` are the accounts and what is right about them, `rounds` puts ten together and scores them, `results` keeps what
each person answered, in tables of their own. Nothing here reads or writes the office's accounts, claims or activities.
"""
