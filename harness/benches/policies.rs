//! `make bench`: this policy beside a null policy, which shows what the engine takes, and
//! one as Kubewarden's official ones are made. At the end it prints the table of README.md.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hint::black_box;
use std::path::PathBuf;
use std::{fs, iter};

use criterion::{BenchmarkId, Criterion};
use harness::{Module, build, policy_bytes, root};
use serde_json::{Value, json};

fn main() {
    let baseline = build(&root().join("harness/baseline")).expect("the baseline builds");
    let policies = [
        ("null", wat::parse_str(include_str!("null.wat")).expect("it is a module")),
        ("this policy", policy_bytes().to_vec()),
        ("official-like", fs::read(baseline).expect("it was built")),
    ];
    let mut criterion = Criterion::default().output_directory(&results()).configure_from_args();
    for (name, bytes) in &policies {
        measure(&mut criterion, name, bytes);
    }
    criterion.final_summary();
    println!("\n{}", table(&policies));
}

fn measure(criterion: &mut Criterion, policy: &str, bytes: &[u8]) {
    let mut group = criterion.benchmark_group("compile");
    group.sample_size(10);
    group.bench_function(policy, |bencher| bencher.iter(|| Module::from_bytes(black_box(bytes))));
    group.finish();
    let module = Module::from_bytes(bytes).expect("it is a module");
    for (request, payload) in requests() {
        let mut group = criterion.benchmark_group(request);
        let instance = module.instance().expect("it starts");
        group.bench_function(BenchmarkId::new(policy, "warm"), |bencher| {
            bencher.iter(|| instance.validate(black_box(&payload)).expect("it answers"));
        });
        group.bench_function(BenchmarkId::new(policy, "cold"), |bencher| {
            bencher.iter(|| module.validate(black_box(&payload)).expect("it answers"));
        });
        group.finish();
    }
}

/// The payloads of `validate`, by what the table calls them.
fn requests() -> BTreeMap<&'static str, Vec<u8>> {
    let large = pod(&json!({}), 185);
    let windows_options = json!({"hostProcess": true, "runAsUserName": "NT AUTHORITY\\SYSTEM"});
    let host_process = pod(&json!({"windowsOptions": windows_options}), 0);
    BTreeMap::from([
        ("1. plain pod, 3 KB", payload(&pod(&json!({}), 0), 0)),
        ("2. plain pod, 720 KB", payload(&large, 0)),
        ("3. HostProcess pod, 1 rule", payload(&host_process, 1)),
        ("4. HostProcess pod, 20 rules", payload(&host_process, 20)),
        ("5. HostProcess pod, 200 rules", payload(&host_process, 200)),
    ])
}

/// A request for `pod` under `rules` rules, of which the last admits it.
fn payload(pod: &Value, rules: usize) -> Vec<u8> {
    let of_namespace = |namespace: String| {
        json!({
            "name": format!("agents-of-{namespace}"),
            "namespaces": [namespace],
            "images": ["registry.example/agents/*", "registry.example/shop/*"],
            "runAsUserNames": ["NT AUTHORITY\\SYSTEM"],
        })
    };
    let others = (1..rules).map(|number| format!("team-{number}"));
    let namespaces = others.chain(iter::once("web".to_owned())).take(rules);
    let allow: Vec<Value> = namespaces.map(of_namespace).collect();
    let request = json!({
        "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "requestKind": {"group": "", "version": "v1", "kind": "Pod"},
        "requestResource": {"group": "", "version": "v1", "resource": "pods"},
        "name": "storefront-6d4cf56db6-x7k2p",
        "namespace": "web",
        "operation": "CREATE",
        "userInfo": {
            "username": "system:serviceaccount:kube-system:replicaset-controller",
            "uid": "0b5b8e1f-6a38-4a2e-8c9b-3f6d3c7a9b11",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
        },
        "object": pod,
        "oldObject": null,
        "dryRun": false,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    });
    let settings = if rules == 0 { json!({}) } else { json!({"allow": allow}) };
    json!({"request": request, "settings": settings}).to_string().into_bytes()
}

/// A pod as a ReplicaSet makes it of a web application, with so many further containers of
/// forty variables each.
fn pod(security_context: &Value, further_containers: usize) -> Value {
    let further = (0..further_containers).map(|container| {
        let variables: Vec<Value> = (0..40)
            .map(|number| {
                json!({
                    "name": format!("STOREFRONT_SETTING_{number:02}"),
                    "value": format!("https://features-{number:02}.web.svc.cluster.local/w{container:03}/"),
                })
            })
            .collect();
        json!({
            "name": format!("worker-{container:03}"),
            "image": format!("registry.example/shop/worker-{container:03}:2.31.0"),
            "env": variables,
            "resources": {"requests": {}},
            "terminationMessagePath": "/dev/termination-log",
            "imagePullPolicy": "IfNotPresent",
        })
    });
    let web = json!({
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
        "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
    });
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": "storefront-6d4cf56db6-",
            "name": "storefront-6d4cf56db6-x7k2p",
            "namespace": "web",
            "uid": "3f6d3c7a-9b11-4a2e-8c9b-0b5b8e1f6a38",
            "creationTimestamp": "2026-01-15T09:21:43Z",
            "labels": {"app.kubernetes.io/name": "storefront", "app.kubernetes.io/part-of": "shop", "pod-template-hash": "6d4cf56db6"},
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "9090"},
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": "storefront-6d4cf56db6",
                "uid": "9b113f6d-3c7a-4a2e-8c9b-6a380b5b8e1f",
                "controller": true,
            }],
        },
        "spec": {
            "hostNetwork": true,
            "containers": iter::once(web).chain(further).collect::<Vec<Value>>(),
            "volumes": [
                {"name": "config", "configMap": {"name": "storefront", "defaultMode": 420}},
                {"name": "kube-api-access-8xq4z", "projected": {"defaultMode": 420, "sources": [
                    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                ]}},
            ],
            "restartPolicy": "Always",
            "dnsPolicy": "ClusterFirst",
            "nodeSelector": {"kubernetes.io/os": "windows"},
            "serviceAccountName": "storefront",
            "securityContext": security_context,
            "schedulerName": "default-scheduler",
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            ],
        },
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    })
}

/// Where criterion keeps what it measured.
fn results() -> PathBuf {
    root().join("target/criterion")
}

/// The medians that criterion keeps, as Markdown.
fn table(policies: &[(&str, Vec<u8>)]) -> String {
    let mut rows = vec![
        ("bytes".to_owned(), policies.iter().map(|(_, bytes)| bytes.len().to_string()).collect()),
        ("compile".to_owned(), policies.iter().map(|(name, _)| median("compile", name)).collect()),
    ];
    for request in requests().into_keys() {
        let of = |(policy, _): &(&str, Vec<u8>)| {
            let call = |kind| median(request, &format!("{policy}/{kind}"));
            format!("{} / {}", call("cold"), call("warm"))
        };
        let cells: Vec<String> = policies.iter().map(of).collect();
        rows.push((format!("{} (cold / warm)", &request[3..]), cells));
    }
    let mut table = String::from("| |");
    for (name, _) in policies {
        let _ = write!(table, " {name} |");
    }
    table += "\n|---|---|---|---|\n";
    for (name, cells) in rows {
        let _ = writeln!(table, "| {name} | {} |", cells.join(" | "));
    }
    table
}

/// The median of a benchmark, with its unit.
fn median(group: &str, benchmark: &str) -> String {
    let path = results().join(group).join(benchmark).join("new/estimates.json");
    let estimates = fs::read(path).unwrap_or_default();
    let estimates: Value = serde_json::from_slice(&estimates).unwrap_or_default();
    match estimates["median"]["point_estimate"].as_f64() {
        None => "–".to_owned(),
        Some(nanoseconds) if nanoseconds < 999_500.0 => format!("{:.3} µs", nanoseconds / 1e3),
        Some(nanoseconds) => format!("{:.3} ms", nanoseconds / 1e6),
    }
}
