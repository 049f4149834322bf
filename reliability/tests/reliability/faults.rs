//! Faults around the module: scarce memory, earlier refusals, many threads.

use std::fs;
use std::sync::{Arc, Barrier};
use std::thread;

use conformance::{data, table};
use engine::{AdmissionResponse, Limits, Module};
use reliability::answer::Answer;
use reliability::choices::Choices;
use reliability::{settings, workload};
use serde_json::{Value, json};

use crate::metered::Metered;
use crate::payload::{pod, sound_spec};
use crate::policy::{payload, rule_for_all};

fn module() -> Vec<u8> {
    fs::read(data::root().join("policy.wasm")).expect("`make policy.wasm` has run")
}

/// A request that asks for HostProcess, of about `bytes` bytes, all of which are read.
fn large_request(bytes: usize) -> String {
    let containers: Vec<Value> = (0..bytes / 90)
        .map(|i| json!({"name": format!("c{i:05}"), "image": "registry.example.com/agent:v1", "command": ["a", "b"]}))
        .collect();
    let mut spec = sound_spec();
    spec["containers"] = json!(containers);
    let rule =
        json!({"name": "other", "namespaces": ["other"], "images": ["*"], "runAsUserNames": ["*"]});
    payload(&pod(spec), &json!({"allow": [rule]}))
}

#[test]
fn scarce_memory_never_admits() {
    let payload = large_request(400_000);
    let (mut denied, mut failed) = (0, 0);
    let bytes = module();
    // From what the module begins with, in steps of its pages, to more than enough.
    for pages in (8..160).step_by(8) {
        let limits = Limits {
            memory_bytes: Some(pages * 65_536),
        };
        let module = Module::load_with(&bytes, limits).expect("the module is one");
        let instance = module.instance().expect("the module begins with 8 pages");
        let answer = instance.validate(payload.as_bytes());
        let fails = answer.is_err();
        // As the policy server tells it to the API server.
        let response = AdmissionResponse::from_policy("1", answer);
        assert!(!response.allowed, "{pages} pages");
        if fails {
            assert_eq!(response.code(), Some(500));
            assert_eq!(denied, 0, "{pages} pages are too few, fewer were enough");
            failed += 1;
        } else {
            assert_eq!(response.code(), Some(403));
            denied += 1;
        }
    }
    println!("{failed} limits were too low, {denied} high enough");
    assert!(failed >= 2 && denied >= 3);
}

/// The host stops the module wherever its memory ends, and never with an answer.
#[test]
fn an_allocation_that_fails_leaves_no_answer() {
    let payload = large_request(400_000);
    let metered = Metered::load(512 * 1024);
    for pages in 8..60 {
        let run = metered.validate(payload.as_bytes(), pages * 65_536);
        if let Ok(answer) = run.answer {
            assert_eq!(
                Answer::read(&answer).expect("an answer").code,
                403,
                "{pages} pages"
            );
        }
    }
}

/// Payloads of all verdicts, each with what a fresh instance says of it.
fn payloads(module: &Module) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut bytes = vec![0; 4096];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = (index * 151 + index / 7 * 13) as u8;
    }
    let generated = (0..200).map(|i| {
        let mut choices = Choices::new(&bytes[i * 13..]);
        let request = workload::request(&mut choices);
        payload(&request, &settings::settings(&mut choices)).into_bytes()
    });
    let recorded = table::read()
        .into_iter()
        .filter(|case| case.nodes.is_none());
    let mut payloads: Vec<Vec<u8>> = recorded.map(|case| case.payload).chain(generated).collect();
    payloads.push(b"{".to_vec());
    payloads.push("[".repeat(1000).into_bytes());
    payloads
        .into_iter()
        .map(|payload| {
            let instance = module.instance().expect("an instance");
            let answer = instance.validate(&payload).expect("no trap");
            (payload, answer)
        })
        .collect()
}

#[test]
fn an_instance_that_has_refused_answers_the_next_request_right() {
    let module = Module::load(&module()).expect("the module is one");
    let payloads = payloads(&module);
    let instance = module.instance().expect("an instance");
    let refusals: [&[u8]; 4] = [b"", b"{\"request\":1}", &[0xff; 3], &[b'['; 200_000]];
    for (index, (payload, expected)) in payloads.iter().enumerate() {
        let refused = instance.validate(refusals[index % 4]).expect("no trap");
        assert_eq!(Answer::read(&refused).expect("an answer").code, 400);
        assert_eq!(&instance.validate(payload).expect("no trap"), expected);
    }
    // Settings that are not valid leave nothing behind either.
    let not_valid = instance
        .validate_settings(br#"{"alow":[]}"#)
        .expect("no trap");
    assert!(not_valid.starts_with(br#"{"valid":false"#));
    let request = payload(&pod(sound_spec()), &json!({"allow": [rule_for_all()]}));
    let admitted = instance.validate(request.as_bytes()).expect("no trap");
    assert_eq!(
        Answer::read(&admitted).expect("an answer").verdict(),
        "admitted"
    );
}

/// How many instances answer at the same time.
const THREADS: usize = 200;
/// How many requests they answer together.
const REQUESTS: usize = 1_000_000;

#[test]
fn two_hundred_instances_say_the_same_as_one() {
    let module = Module::load(&module()).expect("the module is one");
    let payloads = Arc::new(payloads(&module));
    let barrier = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (module, payloads, barrier) =
                (module.clone(), Arc::clone(&payloads), Arc::clone(&barrier));
            thread::spawn(move || {
                let mut instance = module.instance().expect("an instance");
                barrier.wait();
                for request in 0..REQUESTS / THREADS {
                    // Each thread goes through them from a place of its own, half of the
                    // time in a fresh instance, as a policy server does.
                    if request % 2 == 0 {
                        instance = module.instance().expect("an instance");
                    }
                    let (payload, expected) = &payloads[(thread * 7 + request) % payloads.len()];
                    assert_eq!(&instance.validate(payload).expect("no trap"), expected);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("the same answers");
    }
    println!(
        "{REQUESTS} requests, {} different, in {THREADS} threads",
        payloads.len()
    );
}
