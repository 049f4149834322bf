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
        (
            "null",
            wat::parse_str(include_str!("null.wat")).expect("it is a module"),
        ),
        ("this policy", policy_bytes().to_vec()),
        ("official-like", fs::read(baseline).expect("it was built")),
    ];
    let mut criterion = Criterion::default()
        .output_directory(&results())
        .configure_from_args();
    for (name, bytes) in &policies {
        measure(&mut criterion, name, bytes);
    }
    criterion.final_summary();
    println!("\n{}", table(&policies));
}

fn measure(criterion: &mut Criterion, policy: &str, bytes: &[u8]) {
    let mut group = criterion.benchmark_group("compile");
    group.sample_size(10);
    group.bench_function(policy, |bencher| {
        bencher.iter(|| Module::from_bytes(black_box(bytes)))
    });
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

/// Returns the payloads of `validate`, by their names in the table.
fn requests() -> BTreeMap<&'static str, Vec<u8>> {
    let windows_options = json!({"hostProcess": true, "runAsUserName": "NT AUTHORITY\\SYSTEM"});
    let host_process = json!({"windowsOptions": windows_options});
    BTreeMap::from([
        ("1. plain pod, 3 KB", payload(&json!({}), 0, 0)),
        ("2. plain pod, 720 KB", payload(&json!({}), 185, 0)),
        ("3. HostProcess pod, 1 rule", payload(&host_process, 0, 1)),
        (
            "4. HostProcess pod, 20 rules",
            payload(&host_process, 0, 20),
        ),
        (
            "5. HostProcess pod, 200 rules",
            payload(&host_process, 0, 200),
        ),
    ])
}

/// Returns a request for a pod of a web application, as a ReplicaSet makes it, with further
/// containers of forty variables each. Of the `rules` the last one admits it.
fn payload(security_context: &Value, further_containers: usize, rules: usize) -> Vec<u8> {
    let mut request: Value =
        serde_json::from_str(include_str!("request.json")).expect("it is JSON");
    let spec = &mut request["object"]["spec"];
    spec["securityContext"] = security_context.clone();
    let containers = spec["containers"].as_array_mut().expect("there is one");
    containers.extend((0..further_containers).map(container));
    let others = (1..rules).map(|number| format!("team-{number}"));
    let namespaces = others.chain(iter::once("web".to_owned())).take(rules);
    let allow: Vec<Value> = namespaces
        .map(|namespace| {
            json!({
                "name": format!("agents-of-{namespace}"),
                "namespaces": [namespace],
                "images": ["registry.example/agents/*", "registry.example/shop/*"],
                "runAsUserNames": ["NT AUTHORITY\\SYSTEM"],
            })
        })
        .collect();
    let settings = if rules == 0 {
        json!({})
    } else {
        json!({"allow": allow})
    };
    json!({"request": request, "settings": settings})
        .to_string()
        .into_bytes()
}

fn container(number: usize) -> Value {
    let variables = (0..40).map(|variable| {
        json!({
            "name": format!("STOREFRONT_SETTING_{variable:02}"),
            "value": format!("https://features-{variable:02}.web.svc.cluster.local/w{number:03}/"),
        })
    });
    json!({
        "name": format!("worker-{number:03}"),
        "image": format!("registry.example/shop/worker-{number:03}:2.31.0"),
        "env": variables.collect::<Vec<Value>>(),
        "resources": {"requests": {}},
        "terminationMessagePath": "/dev/termination-log",
        "imagePullPolicy": "IfNotPresent",
    })
}

/// Returns the folder in which criterion keeps its results.
fn results() -> PathBuf {
    root().join("target/criterion")
}

/// Returns the medians that criterion keeps, as a table in Markdown.
fn table(policies: &[(&str, Vec<u8>)]) -> String {
    let mut rows = vec![
        (
            "bytes".to_owned(),
            policies
                .iter()
                .map(|(_, bytes)| bytes.len().to_string())
                .collect(),
        ),
        (
            "compile".to_owned(),
            policies
                .iter()
                .map(|(name, _)| median("compile", name))
                .collect(),
        ),
    ];
    for request in requests().into_keys() {
        let cell = |(policy, _): &(&str, Vec<u8>)| {
            let call = |kind| median(request, &format!("{policy}/{kind}"));
            format!("{} / {}", call("cold"), call("warm"))
        };
        let cells: Vec<String> = policies.iter().map(cell).collect();
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

/// Returns the median of a benchmark, with its unit.
fn median(group: &str, benchmark: &str) -> String {
    let path = results()
        .join(group)
        .join(benchmark)
        .join("new/estimates.json");
    let estimates = fs::read(path).unwrap_or_default();
    let estimates: Value = serde_json::from_slice(&estimates).unwrap_or_default();
    match estimates["median"]["point_estimate"].as_f64() {
        None => "–".to_owned(),
        Some(nanoseconds) if nanoseconds < 999_500.0 => format!("{:.3} µs", nanoseconds / 1e3),
        Some(nanoseconds) => format!("{:.3} ms", nanoseconds / 1e6),
    }
}
