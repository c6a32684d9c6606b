"""The rep's work: what people did about accounts, and the state that follows from it.

`activities` records (append-only), `replay` works out an account's state from its activities alone,
`people` names who works here. Nothing here changes what was loaded or posted.
"""
