//! Measures sizes and times, and holds them against the budgets.

use serde_json::Value;
use wasmtime::Result;

use crate::budget::Budget;
use crate::guest::Code;
use crate::measure::{self, Lane, Start};
use crate::report::{Growth, Report, Row};
use crate::requests::{self, CONTAINERS_2_MB, CONTAINERS_100_KB, CONTAINERS_776_KB, RULES};
use crate::stats::Samples;
use crate::subjects::Subjects;
use crate::units;

/// How often each module is compiled.
const COMPILATIONS: usize = 7;
/// In so many calls the memory of an instance may grow, in all further ones it may not.
const EARLY_CALLS: usize = 100;
const CALLS: usize = 100_000;

/// Measures everything, which takes a minute or two.
///
/// # Errors
/// When a module fails, or comes to another verdict than it should.
pub fn run(subjects: &Subjects) -> Result<Report> {
    let mut budgets = Vec::from(modules(subjects)?);
    let (pods, growth) = pods(subjects)?;
    budgets.extend(pods);
    budgets.extend(linear(subjects)?);
    budgets.extend(settings(subjects)?);
    budgets.push(memory(subjects)?);
    Ok(Report { budgets, growth })
}

/// Size and compile time.
fn modules(subjects: &Subjects) -> Result<[Row; 2]> {
    let modules = subjects.each().map(|subject| &subject.bytes[..]);
    let size = modules.map(<[u8]>::len);
    let times = measure::compile_in_turns(modules, COMPILATIONS)?;
    Ok([
        Row::new(
            "module",
            Budget::bytes(size[0], 100_000),
            size.map(|size| units::bytes(size as f64)),
        ),
        Row::new(
            "compiling the module, against idiomatic",
            Budget::ratio(times[0].ratio(&times[1]), 1.0 / 8.0),
            times.each_ref().map(units::samples),
        ),
    ])
}

/// The budgets of a pod without HostProcess, as ratios.
struct Limits {
    /// Warm, against the idiomatic policy.
    warm: f64,
    /// Cold, against the idiomatic policy.
    cold: f64,
    /// Cold, against the null policy.
    cold_null: Option<f64>,
}

/// Pods without HostProcess, from the smallest request up.
fn pods(subjects: &Subjects) -> Result<(Vec<Row>, Vec<Growth>)> {
    let small = Limits {
        warm: 1.0 / 5.0,
        cold: 1.0 / 2.3,
        cold_null: Some(1.6),
    };
    let large = Limits {
        warm: 1.0 / 9.0,
        cold: 1.0 / 9.0,
        cold_null: None,
    };
    let (mut rows, mut growth) = (Vec::new(), Vec::new());
    for (payload, limits) in [
        (requests::smallest(), None),
        (requests::pod_of(0), Some(small)),
        (requests::pod_of(2), None),
        (requests::pod_of(8), None),
        (requests::pod_of(CONTAINERS_100_KB), None),
        (requests::pod_of(80), None),
        (requests::pod_of(CONTAINERS_776_KB), Some(large)),
        (requests::pod_of(CONTAINERS_2_MB), None),
    ] {
        let lanes = subjects.each().map(|subject| Lane {
            module: &subject.module,
            payload: &payload,
            accepted: true,
        });
        let warm = measure::in_turns(lanes, Start::Warm)?;
        let cold = measure::in_turns(lanes, Start::Cold)?;
        let size = payload.len();
        let mut row = |start, against, times: &[Samples; 3], other: usize, limit| {
            rows.push(Row::new(
                format!("{} pod, {start}, against {against}", units::size(size)),
                Budget::ratio(times[0].ratio(&times[other]), limit),
                times.each_ref().map(units::samples),
            ));
        };
        if let Some(limits) = limits {
            row("warm", "idiomatic", &warm, 1, limits.warm);
            row("cold", "idiomatic", &cold, 1, limits.cold);
            if let Some(limit) = limits.cold_null {
                row("cold", "null", &cold, 2, limit);
            }
        }
        growth.push(Growth { size, warm, cold });
    }
    Ok((rows, growth))
}

/// What a byte costs in a large request and in a small one.
fn linear(subjects: &Subjects) -> Result<Vec<Row>> {
    let payloads = [CONTAINERS_2_MB, CONTAINERS_100_KB].map(requests::pod_of);
    let mut rows = Vec::new();
    for (name, start) in [("warm", Start::Warm), ("cold", Start::Cold)] {
        let times = measure::in_turns(lanes_of_pairs(subjects, &payloads, true), start)?;
        let per_byte = |lane: usize| {
            times[lane].median().as_secs_f64() * 1e9 / payloads[lane % 2].len() as f64
        };
        let pair = |lane: usize| {
            let [large, small] = [lane, lane + 1].map(per_byte);
            format!("{large:.2} ns, {small:.2} ns")
        };
        rows.push(Row::new(
            format!("time per byte, {name}, 2 MB against 100 KB"),
            Budget::ratio(per_byte(0) / per_byte(1), 1.0),
            [pair(0), String::new(), pair(2)],
        ));
    }
    let code = Code::compile(&subjects.ours.bytes, false)?;
    let mut per_byte = [0.0; 2];
    for (per_byte, payload) in per_byte.iter_mut().zip(&payloads) {
        let mut guest = code.instance()?;
        guest.validate(payload)?;
        *per_byte = guest.memory_size() as f64 / payload.len() as f64;
    }
    let [large, small] = per_byte;
    rows.push(Row::new(
        "memory per byte, 2 MB against 100 KB",
        Budget::ratio(large / small, 1.0),
        only_ours(format!("{large:.2} bytes, {small:.2} bytes")),
    ));
    Ok(rows)
}

/// Two payloads for this policy, whose verdict on both is `accepted`, and the same
/// two for the null policy.
fn lanes_of_pairs<'a>(
    subjects: &'a Subjects,
    [one, other]: &'a [Vec<u8>; 2],
    accepted: bool,
) -> [Lane<'a>; 4] {
    let Subjects { ours, null, .. } = subjects;
    [
        (ours, one, accepted),
        (ours, other, accepted),
        (null, one, true),
        (null, other, true),
    ]
    .map(|(subject, payload, accepted)| Lane {
        module: &subject.module,
        payload,
        accepted,
    })
}

/// What many rules cost.
fn settings(subjects: &Subjects) -> Result<Vec<Row>> {
    struct Case {
        what: &'static str,
        pod: Value,
        fewer_rules: usize,
        /// Whether the last rule, and none before it, admits the pod.
        admitting: bool,
        accepted: bool,
        limit: f64,
    }
    let cases = [
        Case {
            what: "pod without HostProcess, 200 rules against none",
            pod: requests::pod(),
            fewer_rules: 0,
            admitting: false,
            accepted: true,
            limit: 1.15,
        },
        Case {
            what: "HostProcess pod that the last of 200 rules admits, against one rule",
            pod: requests::host_process_pod(),
            fewer_rules: 1,
            admitting: true,
            accepted: true,
            limit: 3.0,
        },
        Case {
            what: "HostProcess pod that no rule admits, 200 rules against one",
            pod: requests::host_process_pod(),
            fewer_rules: 1,
            admitting: false,
            accepted: false,
            limit: 3.0,
        },
    ];
    let mut rows = Vec::new();
    for (name, start) in [("warm", Start::Warm), ("cold", Start::Cold)] {
        for case in &cases {
            let payloads = [RULES, case.fewer_rules].map(|rules| {
                requests::payload(&case.pod, &requests::settings(rules, case.admitting))
            });
            let lanes = lanes_of_pairs(subjects, &payloads, case.accepted);
            let times = measure::in_turns(lanes, start)?;
            let pair = |lane: usize| {
                let [many, few] =
                    [lane, lane + 1].map(|lane| units::duration(times[lane].median()));
                format!("{many}, {few}")
            };
            rows.push(Row::new(
                format!("{}, {name}", case.what),
                Budget::ratio(times[0].ratio(&times[1]), case.limit),
                [pair(0), String::new(), pair(2)],
            ));
        }
    }
    Ok(rows)
}

/// Whether the memory of an instance keeps growing.
fn memory(subjects: &Subjects) -> Result<Row> {
    let cases: Vec<_> = requests::cases()
        .into_iter()
        .filter(|case| case.payload.len() <= 100_000)
        .collect();
    let mut guest = Code::compile(&subjects.ours.bytes, false)?.instance()?;
    let mut early = 0;
    for call in 0..CALLS {
        if call == EARLY_CALLS {
            early = guest.memory_size();
        }
        guest.validate(&cases[call % cases.len()].payload)?;
    }
    let late = guest.memory_size();
    Ok(Row::new(
        "growth of the memory from call 100 to call 100,000",
        Budget::bytes(late - early, 0),
        only_ours(units::bytes(late as f64)),
    ))
}

fn only_ours(value: String) -> [String; 3] {
    [value, String::new(), String::new()]
}
