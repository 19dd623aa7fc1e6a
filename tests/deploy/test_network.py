"""Who may speak to whom on Kubernetes: nobody to anybody unless a policy says so (issue 25, 1.11)."""

from agencynet.manifests import FOLDER
from shared.contracts.topics import SERVICES
from tests.deploy.test_deploy import documents

POLICIES = {d["metadata"]["name"]: d["spec"] for d in documents(FOLDER / "network.yaml")}
SERVICE = {"app.kubernetes.io/part-of": "agencynet"}
KAFKA, MONGODB = {"strimzi.io/cluster": "network"}, {"app": "mongodb-svc"}


def _may(way: str, pod: dict[str, str], other: dict[str, str], port: int) -> bool:
    """Whether some policy of `pod` lets it speak to, or be spoken to by, a pod in the same namespace."""
    peers = "to" if way == "egress" else "from"
    for policy in POLICIES.values():
        chosen = policy["podSelector"].get("matchLabels", {})
        if way.title() not in policy["policyTypes"] or not chosen.items() <= pod.items():
            continue
        for rule in policy.get(way, ()):
            here = [p["podSelector"]["matchLabels"] for p in rule.get(peers, ()) if set(p) == {"podSelector"}]
            ports = {p["port"] for p in rule.get("ports", ())}
            if any(labels.items() <= other.items() for labels in here) and (not ports or port in ports):
                return True
    return False


def _reaches(pod: dict[str, str], other: dict[str, str], port: int) -> bool:
    return _may("egress", pod, other, port) and _may("ingress", other, pod, port)


def test_nobody_speaks_to_anybody_unless_a_policy_says_so() -> None:
    assert POLICIES["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    portal, events = ({"app": name, **SERVICE} for name in ("portal", "events"))
    for name in SERVICES:
        pod = {"app": name, **SERVICE}
        assert _reaches(pod, KAFKA, 9093), name
        assert _reaches(pod, MONGODB, 27017), name
        assert _reaches(portal, pod, 8000), "the portal asks the services"
        assert not _reaches(events, pod, 8000), "no service asks another"
        assert not _reaches(pod, KAFKA, 9090)
    for pod, port in (KAFKA, 9093), (MONGODB, 27017), (portal, 8000):
        assert not _may("ingress", pod, {"app": "stranger"}, port)
    assert _reaches(MONGODB, MONGODB, 27017)
    assert _reaches(KAFKA, KAFKA, 9091)


def test_the_policies_choose_the_pods_that_the_manifests_make() -> None:
    deployments = [d for d in documents(FOLDER / "services.yaml") if d["kind"] == "Deployment"]
    for deployment in deployments:
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert labels.items() >= SERVICE.items()
    kafka = next(d for d in documents(FOLDER / "kafka.yaml") if d["kind"] == "Kafka")
    assert kafka["metadata"]["name"] == "network", "Strimzi labels its pods by it"
    listeners = {one["port"] for one in kafka["spec"]["kafka"]["listeners"]}
    opened = {p["port"] for rule in POLICIES["kafka"]["ingress"] for p in rule.get("ports", ())}
    assert listeners <= opened
    mongodb = next(d for d in documents(FOLDER / "mongodb.yaml") if d["kind"] == "MongoDBCommunity")
    assert f"{mongodb['metadata']['name']}-svc" == "mongodb-svc", "its operator labels its pods by it"
