//! Measures sizes and times, and holds them against the budgets.

use serde_json::{Value, json};
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
/// Where the pods with budgets stand among all sizes.
const POD: usize = 1;
const LARGE_POD: usize = 6;

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

/// Pods without HostProcess, from the smallest request up. The sizes that have
/// budgets go into the table of budgets too.
fn pods(subjects: &Subjects) -> Result<(Vec<Row>, Vec<Growth>)> {
    let (mut rows, mut growth) = (Vec::new(), Vec::new());
    let payload = |containers| requests::payload(&requests::large_pod(containers), &json!({}));
    for payload in [
        requests::smallest(),
        payload(0),
        payload(2),
        payload(8),
        payload(CONTAINERS_100_KB),
        payload(80),
        payload(CONTAINERS_776_KB),
        payload(CONTAINERS_2_MB),
    ] {
        let lanes = subjects.each().map(|subject| Lane {
            module: &subject.module,
            payload: &payload,
            accepted: true,
        });
        growth.push(Growth {
            size: payload.len(),
            warm: measure::in_turns(lanes, Start::Warm)?,
            cold: measure::in_turns(lanes, Start::Cold)?,
        });
    }
    for (index, limits) in [
        (POD, [1.0 / 5.0, 1.0 / 2.3]),
        (LARGE_POD, [1.0 / 9.0, 1.0 / 9.0]),
    ] {
        let Growth { size, warm, cold } = &growth[index];
        for ((start, times), limit) in [("warm", warm), ("cold", cold)].into_iter().zip(limits) {
            rows.push(Row::new(
                format!("{} pod, {start}, against idiomatic", units::size(*size)),
                Budget::ratio(times[0].ratio(&times[1]), limit),
                times.each_ref().map(units::samples),
            ));
        }
        if index == POD {
            rows.push(Row::new(
                format!("{} pod, cold, against null", units::size(*size)),
                Budget::ratio(cold[0].ratio(&cold[2]), 1.6),
                cold.each_ref().map(units::samples),
            ));
        }
    }
    Ok((rows, growth))
}

/// What a byte costs in a small request and in a large one.
fn linear(subjects: &Subjects) -> Result<Vec<Row>> {
    let payloads = [CONTAINERS_2_MB, CONTAINERS_100_KB]
        .map(|containers| requests::payload(&requests::large_pod(containers), &json!({})));
    let per_byte = |times: &[Samples; 2]| {
        [0, 1].map(|lane| times[lane].median().as_secs_f64() * 1e9 / payloads[lane].len() as f64)
    };
    let mut rows = Vec::new();
    for (name, start) in [("warm", Start::Warm), ("cold", Start::Cold)] {
        let lanes = payloads.each_ref().map(|payload| Lane {
            module: &subjects.ours.module,
            payload,
            accepted: true,
        });
        let [large, small] = per_byte(&measure::in_turns(lanes, start)?);
        rows.push(Row::new(
            format!("time per byte, {name}, 2 MB against 100 KB"),
            Budget::ratio(large / small, 1.0),
            only_ours(format!("{large:.2} ns, {small:.2} ns")),
        ));
    }
    let code = Code::compile(&subjects.ours.bytes, false)?;
    let mut memory = [0.0; 2];
    for (memory, payload) in memory.iter_mut().zip(&payloads) {
        let mut guest = code.instance()?;
        guest.validate(payload)?;
        *memory = guest.memory_size() as f64 / payload.len() as f64;
    }
    let [large, small] = memory;
    rows.push(Row::new(
        "memory per byte, 2 MB against 100 KB",
        Budget::ratio(large / small, 1.0),
        only_ours(format!("{large:.2} bytes, {small:.2} bytes")),
    ));
    Ok(rows)
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
            let lane = |module, payload, accepted| Lane {
                module,
                payload,
                accepted,
            };
            let times = measure::in_turns(
                [
                    lane(&subjects.ours.module, &payloads[0], case.accepted),
                    lane(&subjects.ours.module, &payloads[1], case.accepted),
                    lane(&subjects.null.module, &payloads[0], true),
                    lane(&subjects.null.module, &payloads[1], true),
                ],
                start,
            )?;
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
