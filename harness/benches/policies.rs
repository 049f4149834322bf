//! `make bench`: this policy beside a null policy, which shows what the engine takes, and
//! one as Kubewarden's official ones are made. At the end it prints the table of README.md.

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion};
use harness::{Module, build, policy_bytes, root};
use serde_json::{Value, json};

/// The benchmark that makes an instance, initialises it and drops it, without a call.
const FRESH_INSTANCE: &str = "fresh instance";

/// A policy that is measured.
struct Policy {
    name: &'static str,
    module: Vec<u8>,
}

/// A request that is measured.
struct MeasuredRequest {
    /// Its name in criterion's results. The number keeps them in order.
    group: &'static str,
    payload: Vec<u8>,
}

/// What a request is like.
#[derive(Default)]
struct Shape {
    is_host_process: bool,
    further_containers: usize,
    /// The number of rules, of which the last one admits the request.
    rules: usize,
}

impl MeasuredRequest {
    fn new(group: &'static str, shape: &Shape) -> Self {
        MeasuredRequest {
            group,
            payload: payload(shape),
        }
    }

    /// Returns the name without its number.
    fn title(&self) -> &str {
        let title = self.group.split_once(". ").map(|(_, title)| title);
        title.unwrap_or(self.group)
    }
}

fn main() {
    let baseline = build(&root().join("harness/baseline")).expect("the baseline builds");
    let policies = [
        Policy {
            name: "null",
            module: wat::parse_str(include_str!("null.wat")).expect("it is a module"),
        },
        Policy {
            name: "this policy",
            module: policy_bytes().to_vec(),
        },
        Policy {
            name: "official-like",
            module: fs::read(baseline).expect("it was built"),
        },
    ];
    let mut criterion = Criterion::default()
        .output_directory(&results())
        .configure_from_args();
    for policy in &policies {
        measure(&mut criterion, policy);
    }
    criterion.final_summary();
    println!("\n{}", table(&policies));
}

fn measure(criterion: &mut Criterion, policy: &Policy) {
    let mut group = criterion.benchmark_group("compile");
    group.sample_size(10);
    group.bench_function(policy.name, |bencher| {
        bencher.iter(|| Module::from_bytes(black_box(&policy.module)))
    });
    group.finish();

    let module = Module::from_bytes(&policy.module).expect("it is a module");
    let mut group = criterion.benchmark_group(FRESH_INSTANCE);
    group.bench_function(policy.name, |bencher| {
        bencher.iter(|| module.instance().expect("it starts"));
    });
    group.finish();

    for request in requests() {
        let payload = &request.payload;
        let mut group = criterion.benchmark_group(request.group);
        let instance = module.instance().expect("it starts");
        group.bench_function(BenchmarkId::new(policy.name, "warm"), |bencher| {
            bencher.iter(|| instance.validate(black_box(payload)).expect("it answers"));
        });
        group.bench_function(BenchmarkId::new(policy.name, "cold"), |bencher| {
            bencher.iter(|| module.validate(black_box(payload)).expect("it answers"));
        });
        group.finish();
    }
}

/// Returns the requests, in the order of the table.
fn requests() -> [MeasuredRequest; 5] {
    let host_process = |rules| Shape {
        is_host_process: true,
        further_containers: 0,
        rules,
    };
    let large = Shape {
        further_containers: 185,
        ..Shape::default()
    };
    [
        MeasuredRequest::new("1. plain pod, 3 KB", &Shape::default()),
        MeasuredRequest::new("2. plain pod, 720 KB", &large),
        MeasuredRequest::new("3. HostProcess pod, 1 rule", &host_process(1)),
        MeasuredRequest::new("4. HostProcess pod, 20 rules", &host_process(20)),
        MeasuredRequest::new("5. HostProcess pod, 200 rules", &host_process(200)),
    ]
}

/// Returns the payload of a request for a pod of a web application, as a ReplicaSet makes it.
fn payload(shape: &Shape) -> Vec<u8> {
    let mut request: Value =
        serde_json::from_str(include_str!("request.json")).expect("it is JSON");
    let spec = &mut request["object"]["spec"];
    spec["securityContext"] = json!({});
    if shape.is_host_process {
        spec["securityContext"]["windowsOptions"] =
            json!({"hostProcess": true, "runAsUserName": "NT AUTHORITY\\SYSTEM"});
    }
    let containers = spec["containers"].as_array_mut().expect("there is one");
    containers.extend((0..shape.further_containers).map(container));

    let settings = settings(shape.rules);
    json!({"request": request, "settings": settings})
        .to_string()
        .into_bytes()
}

/// Returns settings with so many rules, of which the last one is for the request's namespace.
fn settings(rules: usize) -> Value {
    if rules == 0 {
        return json!({});
    }
    let mut namespaces: Vec<String> = (1..rules).map(|number| format!("team-{number}")).collect();
    namespaces.push("web".to_owned());
    json!({"allow": namespaces.iter().map(|namespace| rule(namespace)).collect::<Vec<_>>()})
}

fn rule(namespace: &str) -> Value {
    json!({
        "name": format!("agents-of-{namespace}"),
        "namespaces": [namespace],
        "images": ["registry.example/agents/*", "registry.example/shop/*"],
        "runAsUserNames": ["NT AUTHORITY\\SYSTEM"],
    })
}

/// Returns a container with forty variables.
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

/// Returns how often a cold call for the plain pod touches a page of memory for the first time, on
/// average. Each costs a visit to the kernel.
fn page_faults_of_a_cold_call(module: &[u8]) -> String {
    const CALLS: u64 = 1000;
    let module = Module::from_bytes(module).expect("it is a module");
    let plain_pod = payload(&Shape::default());
    let call = || module.validate(&plain_pod).expect("it answers");
    // The first calls also touch memory that the engine keeps.
    for _ in 0..CALLS {
        call();
    }

    let Some(before) = page_faults_of_this_process() else {
        return "–".to_owned();
    };
    for _ in 0..CALLS {
        call();
    }
    let after = page_faults_of_this_process().expect("as before");
    ((after - before) / CALLS).to_string()
}

/// Returns the minor page faults of this process; `None` where there is no Linux to count them.
fn page_faults_of_this_process() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses, which may hold spaces.
    let (_, fields_from_the_third_on) = stat.rsplit_once(") ")?;
    let tenth_field = fields_from_the_third_on.split(' ').nth(7)?;
    tenth_field.parse().ok()
}

/// Returns the folder in which criterion keeps its results.
fn results() -> PathBuf {
    root().join("target/criterion")
}

/// Returns the medians that criterion keeps, as a table in Markdown.
fn table(policies: &[Policy]) -> String {
    let names: Vec<String> = policies
        .iter()
        .map(|policy| policy.name.to_owned())
        .collect();
    let sizes = policies
        .iter()
        .map(|policy| policy.module.len().to_string())
        .collect();
    let compiling = policies
        .iter()
        .map(|policy| median("compile", policy.name))
        .collect();
    let mut table = format!("| | {} |\n|---|---|---|---|\n", names.join(" | "));
    table += &row("bytes", sizes);
    table += &row("compile", compiling);

    let starting = policies
        .iter()
        .map(|policy| median(FRESH_INSTANCE, policy.name));
    table += &row(FRESH_INSTANCE, starting.collect());
    let faults = policies
        .iter()
        .map(|policy| page_faults_of_a_cold_call(&policy.module));
    table += &row("page faults of a cold call", faults.collect());

    for request in requests() {
        let answering = policies.iter().map(|policy| {
            let cold = median(request.group, &format!("{}/cold", policy.name));
            let warm = median(request.group, &format!("{}/warm", policy.name));
            format!("{cold} / {warm}")
        });
        let name = format!("{} (cold / warm)", request.title());
        table += &row(&name, answering.collect());
    }
    table
}

fn row(name: &str, cells: Vec<String>) -> String {
    format!("| {name} | {} |\n", cells.join(" | "))
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
