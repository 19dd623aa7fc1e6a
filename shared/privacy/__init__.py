"""What a service holds on people: counted, given out and erased when the directory asks
(docs/decisions/0024).
"""
