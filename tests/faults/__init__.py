"""The fault suite: the network in processes of its own, a load that goes on, one fault after another, and a
checker that holds what was acknowledged against what is there.

To add a row, write a module in `rows/` with an `async def` that takes a `Scene`, breaks something on
`scene.cluster` and calls `scene.require`, `scene.until` or `scene.settled`; each raises `Broken` where a
promise did not hold. Raise `NotRun` where this machine does not allow the fault. Put a `Row` of it into
`rows/__init__.py`. Whatever the row leaves broken is healed after it, and after each row everything that was
acknowledged must arrive; at the end all of it is held against every database, topic and mail. A row that
makes mails undecidable (a sender killed or cut off at the final dot) says how many with `scene.undecidable`.
`make faults ONLY=<name>` runs it alone.

Nothing is imported here: launch.py, which starts the services, would pay for it at each of their starts.
"""
