from tests.contracts.samples import SAMPLES
from tests.contracts.test_contracts import EVERY, encoded, golden

for topic in EVERY:
    if not golden(topic).exists():
        golden(topic).write_bytes(encoded(topic, SAMPLES[topic.type]) + b"\n")
