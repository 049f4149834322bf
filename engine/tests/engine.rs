//! The engine with small guests written for the purpose: what a policy does not
//! do (trap, ask the host, return an error) must still come out right.

use std::sync::{Arc, Mutex};
use std::thread;

use engine::{AdmissionResponse, Limits, Module};
use rstest::rstest;

/// A guest whose `__guest_call` is `body`.
fn guest(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
             (import "wapc" "__guest_response" (func $respond (param i32 i32)))
             (import "wapc" "__guest_error" (func $error (param i32 i32)))
             (import "wapc" "__host_call"
               (func $host (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
             (import "wapc" "__host_response_len" (func $length (result i32)))
             (import "wapc" "__host_response" (func $fetch (param i32)))
             (memory (export "memory") 1)
             (data (i32.const 0) "{{\"accepted\":true}}")
             (data (i32.const 100) "kubewarden")
             (data (i32.const 120) "kubernetes")
             (data (i32.const 140) "list_resources_all")
             (func (export "wapc_init"))
             (func (export "__guest_call") (param i32 i32) (result i32) {body}))"#
    );
    wat::parse_str(text).unwrap()
}

const ACCEPT: &str = "(call $respond (i32.const 0) (i32.const 17)) i32.const 1";

/// Asks the host with the payload `{"accepted":true}` and answers what it says.
const ASK: &str = "
    (drop (call $host
      (i32.const 100) (i32.const 10) (i32.const 120) (i32.const 10)
      (i32.const 140) (i32.const 18) (i32.const 0) (i32.const 17)))
    (call $fetch (i32.const 200))
    (call $respond (i32.const 200) (call $length))
    i32.const 1";

#[test]
fn an_answer_is_returned_as_it_stands() {
    let module = Module::load(&guest(ACCEPT)).unwrap();
    let instance = module.instance().unwrap();
    assert_eq!(instance.validate(b"{}").unwrap(), b"{\"accepted\":true}");
    assert_eq!(instance.host_calls(), 0);
}

#[rstest]
#[case::trap("unreachable")]
#[case::endless_recursion("(call 6 (i32.const 0) (i32.const 0))")]
#[case::error("(call $error (i32.const 140) (i32.const 18)) i32.const 0")]
fn a_guest_that_fails_is_an_internal_error(#[case] body: &str) {
    let module = Module::load(&guest(body)).unwrap();
    let answer = module.instance().unwrap().validate(b"{}");
    let response = AdmissionResponse::from_policy("uid", answer);
    assert!(!response.allowed);
    assert_eq!(response.code(), Some(500));
    assert!(
        response
            .message()
            .starts_with("internal server error: Guest call failure: "),
        "{}",
        response.message()
    );
}

#[test]
fn the_host_grants_nothing_by_default() {
    let module = Module::load(&guest(ASK)).unwrap();
    let instance = module.instance().unwrap();
    assert_eq!(instance.validate(b"{}").unwrap(), b"");
    assert_eq!(instance.host_calls(), 1);
}

#[test]
fn the_host_is_told_what_the_guest_asks() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let host = move |binding: &str, namespace: &str, operation: &str, payload: &[u8]| {
        seen.lock().unwrap().push(format!(
            "{binding} {namespace} {operation} {}",
            payload.len()
        ));
        Ok(b"answer".to_vec())
    };
    let module = Module::load(&guest(ASK)).unwrap();
    let instance = module.instance_with(host).unwrap();
    assert_eq!(instance.validate(b"{}").unwrap(), b"answer");
    assert_eq!(instance.validate(b"{}").unwrap(), b"answer");
    assert_eq!(instance.host_calls(), 2);
    assert_eq!(
        *asked.lock().unwrap(),
        ["kubewarden kubernetes list_resources_all 17"; 2]
    );
}

#[test]
fn memory_is_held_to_its_limit() {
    let grow = "(memory.grow (i32.const 64)) (if (result i32) (i32.eq (i32.const -1))
                  (then unreachable)
                  (else (call $respond (i32.const 0) (i32.const 17)) i32.const 1))";
    let bytes = guest(grow);
    let free = Module::load(&bytes).unwrap();
    assert!(free.instance().unwrap().validate(b"").is_ok());
    let limits = Limits {
        memory_bytes: Some(1 << 20),
    };
    let held = Module::load_with(&bytes, limits).unwrap();
    assert!(held.instance().unwrap().validate(b"").is_err());
}

#[rstest]
#[case::not_a_module(b"policy".to_vec())]
#[case::foreign_import(wat::parse_str(r#"(module (import "env" "f" (func)))"#).unwrap())]
fn what_is_not_a_guest_is_not_loaded(#[case] bytes: Vec<u8>) {
    assert!(Module::load(&bytes).is_err());
}

#[test]
fn instances_run_in_threads_of_their_own() {
    let module = Module::load(&guest(ACCEPT)).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let module = module.clone();
            thread::spawn(move || module.instance().unwrap().validate(b"{}").unwrap())
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), b"{\"accepted\":true}");
    }
}
