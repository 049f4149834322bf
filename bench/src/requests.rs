//! What the policies are asked: payloads of `validate`, all of them generated.

use serde_json::{Value, json};

/// How many variables each container of a large pod has.
const VARIABLES_PER_CONTAINER: usize = 40;
/// How many further containers make a pod of that size.
pub const CONTAINERS_100_KB: usize = 25;
/// As [`CONTAINERS_100_KB`].
pub const CONTAINERS_776_KB: usize = 200;
/// As [`CONTAINERS_100_KB`].
pub const CONTAINERS_2_MB: usize = 516;
/// How many rules a large installation has.
pub const RULES: usize = 200;

/// A request, and what becomes of it.
pub struct Case {
    /// What it is, in words.
    pub name: &'static str,
    /// The payload of `validate`.
    pub payload: Vec<u8>,
    /// The verdict.
    pub accepted: bool,
}

/// One request of each kind that costs differently.
pub fn cases() -> Vec<Case> {
    let case = |name, accepted, object: &Value, settings: &Value| Case {
        name,
        payload: payload(object, settings),
        accepted,
    };
    let of_pod = |name, containers| Case {
        name,
        payload: pod_of(containers),
        accepted: true,
    };
    let (pod, host_process) = (pod(), host_process_pod());
    let mut cases = vec![
        Case {
            name: "smallest",
            payload: smallest(),
            accepted: true,
        },
        of_pod("3.2 KB pod", 0),
        of_pod("100 KB pod", CONTAINERS_100_KB),
        of_pod("776 KB pod", CONTAINERS_776_KB),
        of_pod("2 MB pod", CONTAINERS_2_MB),
        case("3.2 KB pod, 200 rules", true, &pod, &settings(RULES, false)),
    ];
    for (rules, admitted, denied) in [
        (
            1,
            "HostProcess admitted, 1 rule",
            "HostProcess denied, 1 rule",
        ),
        (
            RULES,
            "HostProcess admitted, 200 rules",
            "HostProcess denied, 200 rules",
        ),
    ] {
        cases.push(case(admitted, true, &host_process, &settings(rules, true)));
        cases.push(case(denied, false, &host_process, &settings(rules, false)));
    }
    let mut cut = pod_of(0);
    cut.truncate(cut.len() / 2);
    cases.push(Case {
        name: "cut in the middle",
        payload: cut,
        accepted: false,
    });
    cases
}

/// A payload of `validate`.
///
/// # Panics
/// Never: what is generated can be written.
pub fn payload(object: &Value, settings: &Value) -> Vec<u8> {
    let request = json!({
        "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "requestKind": {"group": "", "version": "v1", "kind": "Pod"},
        "requestResource": {"group": "", "version": "v1", "resource": "pods"},
        "name": object["metadata"]["name"],
        "namespace": object["metadata"]["namespace"],
        "operation": "CREATE",
        "userInfo": {
            "username": "system:serviceaccount:kube-system:replicaset-controller",
            "uid": "0b5b8e1f-6a38-4a2e-8c9b-3f6d3c7a9b11",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
        },
        "object": object,
        "oldObject": null,
        "dryRun": false,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    });
    serde_json::to_vec(&json!({"request": request, "settings": settings}))
        .expect("a JSON value can be written")
}

/// The smallest request: an envelope with what the policies read, and a pod of
/// one container: 250 bytes.
pub fn smallest() -> Vec<u8> {
    serde_json::to_vec(&json!({
        "request": {
            "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "namespace": "web",
            "operation": "CREATE",
            "object": {
                "metadata": {"name": "a"},
                "spec": {"containers": [{"name": "a", "image": "a"}]},
            },
        },
        "settings": {},
    }))
    .expect("a JSON value can be written")
}

/// A pod as a ReplicaSet makes it of an ordinary web application: 3.2 KB with
/// its envelope.
pub fn pod() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": "storefront-6d4cf56db6-",
            "name": "storefront-6d4cf56db6-x7k2p",
            "namespace": "web",
            "uid": "3f6d3c7a-9b11-4a2e-8c9b-0b5b8e1f6a38",
            "creationTimestamp": "2026-01-15T09:21:43Z",
            "labels": {
                "app.kubernetes.io/name": "storefront",
                "app.kubernetes.io/component": "web",
                "app.kubernetes.io/part-of": "shop",
                "pod-template-hash": "6d4cf56db6",
            },
            "annotations": {
                "prometheus.io/scrape": "true",
                "prometheus.io/port": "9090",
                "checksum/config": "5f2d3c0e8a1b4c7d9e6f0a2b4c6d8e0f1a3b5c7d9e1f2a4b6c8d0e2f4a6b8c0d",
            },
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": "storefront-6d4cf56db6",
                "uid": "9b113f6d-3c7a-4a2e-8c9b-6a380b5b8e1f",
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "spec": {
            "containers": [{
                "name": "web",
                "image": "registry.example/shop/storefront:2.31.0",
                "args": ["--listen=:8080", "--log={\"level\":\"info\",\"format\":\"json\"}"],
                "ports": [
                    {"name": "http", "containerPort": 8080, "protocol": "TCP"},
                    {"name": "metrics", "containerPort": 9090, "protocol": "TCP"},
                ],
                "env": [
                    {"name": "CATALOG_URL", "value": "http://catalog.web.svc.cluster.local:8080"},
                    {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "storefront-db", "key": "password"}}},
                    {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}}},
                ],
                "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
                "volumeMounts": [
                    {"name": "config", "mountPath": "/etc/storefront", "readOnly": true},
                    {"name": "kube-api-access-8xq4z", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true},
                ],
                "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}, "periodSeconds": 10},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
                "imagePullPolicy": "IfNotPresent",
                "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
            }],
            "volumes": [
                {"name": "config", "configMap": {"name": "storefront", "defaultMode": 420}},
                {"name": "kube-api-access-8xq4z", "projected": {"defaultMode": 420, "sources": [
                    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                ]}},
            ],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "storefront",
            "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "fsGroup": 10001},
            "schedulerName": "default-scheduler",
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            ],
        },
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    })
}

/// The payload of the pod with so many further containers, without settings.
pub fn pod_of(containers: usize) -> Vec<u8> {
    payload(&large_pod(containers), &json!({}))
}

/// The pod with `containers` further containers of forty variables each. 200 of
/// them make 776 KB with the envelope.
fn large_pod(containers: usize) -> Value {
    let mut pod = pod();
    let list = pod["spec"]["containers"].as_array_mut();
    list.expect("the pod has containers")
        .extend((0..containers).map(|container| {
            let variables: Vec<Value> = (0..VARIABLES_PER_CONTAINER)
                .map(|variable| {
                    json!({
                        "name": format!("STOREFRONT_SETTING_{variable:02}"),
                        "value": format!("https://features-{variable:02}.web.svc.cluster.local/w{container:03}/"),
                    })
                })
                .collect();
            json!({
                "name": format!("worker-{container:03}"),
                "image": format!("registry.example/shop/worker-{container:03}:2.31.0"),
                "env": variables,
                "resources": {"requests": {}},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
                "imagePullPolicy": "IfNotPresent",
            })
        }));
    pod
}

/// A pod of an agent that asks for HostProcess, formed as the requirements want it.
pub fn host_process_pod() -> Value {
    let mut pod = pod();
    pod["spec"]["hostNetwork"] = json!(true);
    pod["spec"]["nodeSelector"] = json!({"kubernetes.io/os": "windows"});
    pod["spec"]["securityContext"] = json!({
        "windowsOptions": {"hostProcess": true, "runAsUserName": "NT AUTHORITY\\SYSTEM"},
    });
    pod
}

/// Settings with `rules` rules. Where `admitting` is true, the last of them, and
/// it alone, admits [`host_process_pod`].
pub fn settings(rules: usize, admitting: bool) -> Value {
    let rule = |number: usize, namespace: &str| {
        json!({
            "name": format!("agents-{number:03}"),
            "namespaces": [namespace],
            "images": ["registry.example/shop/*"],
            "runAsUserNames": ["NT AUTHORITY\\SYSTEM"],
        })
    };
    let allow: Vec<Value> = (1..=rules)
        .map(|number| match number {
            last if last == rules && admitting => rule(last, "web"),
            number => rule(number, &format!("team-{number:03}")),
        })
        .collect();
    json!({"allow": allow})
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::smallest(smallest(), 250)]
    #[case::pod(pod_of(0), 3_200)]
    #[case::large(pod_of(CONTAINERS_100_KB), 100_000)]
    #[case::of_200_containers(pod_of(CONTAINERS_776_KB), 776_000)]
    #[case::largest(pod_of(CONTAINERS_2_MB), 2_000_000)]
    fn sizes(#[case] payload: Vec<u8>, #[case] nominal: usize) {
        let difference = payload.len().abs_diff(nominal);
        assert!(difference * 100 <= 3 * nominal, "{} bytes", payload.len());
    }

    #[rstest]
    #[case::admitting(true, &["team-001", "team-002", "web"])]
    #[case::not_admitting(false, &["team-001", "team-002", "team-003"])]
    fn rules(#[case] admitting: bool, #[case] expected: &[&str]) {
        let settings = settings(3, admitting);
        let rules = settings["allow"].as_array().unwrap();
        let namespaces: Vec<&str> = rules
            .iter()
            .map(|rule| rule["namespaces"][0].as_str().unwrap())
            .collect();
        assert_eq!(namespaces, expected);
    }
}
