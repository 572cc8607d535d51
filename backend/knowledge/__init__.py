"""The office's knowledge base: reply templates from draft to publication, and what is asked of them.

`model`: a template as data. `rows`: the tables. `live`: what each process serves. Content that clients read is always
taken from the row of the published version, never from the index: the index only names templates.
"""
