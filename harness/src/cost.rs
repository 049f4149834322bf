//! Measures what a request costs, in an engine that counts instructions.
//!
//! The library `wapc` offers no fuel, so this file implements once more the part of the waPC protocol
//! that `validate` needs.

use std::sync::LazyLock;

use wasmtime_provider::wasmtime::error::{Result, ensure};
use wasmtime_provider::wasmtime::{
    self, Caller, Config, Engine, Extern, InstancePre, Linker, Memory, Module, Store,
};
use wasmtime_provider::wasmtime_wasi::random::Deterministic;
use wasmtime_provider::wasmtime_wasi::{WasiCtxBuilder, p1};

use crate::policy_bytes;

/// More than any call may take: some minutes.
const FUEL: u64 = 100_000_000_000;
const OPERATION: &[u8] = b"validate";

struct State {
    payload: Vec<u8>,
    /// What the host answers to every question; `None` if it grants nothing.
    host_answer: Option<Vec<u8>>,
    wasi: p1::WasiP1Ctx,
}

/// What it costs a fresh instance of [`crate::policy()`] to answer a payload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// The units of fuel: about one for each instruction, the same at every call.
    pub instructions: u64,
    /// The bytes of memory that the instance has in the end. A module's memory never shrinks, so
    /// that this is the most that it needed at any time.
    pub memory: u64,
}

/// Returns what it costs a fresh instance of [`crate::policy()`] to answer `payload`. The host grants
/// nothing.
///
/// # Errors
/// The module traps or answers with an error.
pub fn cost(payload: &[u8]) -> Result<Cost> {
    measure(payload, None)
}

/// Returns what [`cost`] returns, with a host that answers `host_answer` to every question.
///
/// # Errors
/// As [`cost`].
pub fn cost_with_host(payload: &[u8], host_answer: &[u8]) -> Result<Cost> {
    measure(payload, Some(host_answer.to_vec()))
}

fn measure(payload: &[u8], host_answer: Option<Vec<u8>>) -> Result<Cost> {
    static PREPARED: LazyLock<InstancePre<State>> =
        LazyLock::new(|| prepare(policy_bytes()).expect("what was built is a module"));
    // The same random numbers in every call, for the same order in hash maps.
    let wasi = WasiCtxBuilder::new()
        .secure_random(Deterministic::new(vec![0]))
        .build_p1();
    let state = State {
        payload: payload.to_vec(),
        host_answer,
        wasi,
    };
    let mut store = Store::new(PREPARED.module().engine(), state);
    store.set_fuel(FUEL)?;
    let instance = PREPARED.instantiate(&mut store)?;
    // Run the start functions that the module exports. It may lack either.
    for name in ["_initialize", "wapc_init"] {
        if let Some(start) = instance.get_func(&mut store, name) {
            start.typed::<(), ()>(&store)?.call(&mut store, ())?;
        }
    }
    let call = instance.get_typed_func::<(u32, u32), u32>(&mut store, "__guest_call")?;
    let lengths = (OPERATION.len() as u32, payload.len() as u32);
    // The guest returns 1 if it has answered, and 0 if it has failed.
    let answered = call.call(&mut store, lengths)?;
    ensure!(answered == 1, "the guest returned an error");

    let memory = instance.get_memory(&mut store, "memory");
    Ok(Cost {
        instructions: FUEL - store.get_fuel()?,
        memory: memory.map_or(0, |memory| memory.data_size(&store) as u64),
    })
}

fn prepare(bytes: &[u8]) -> Result<InstancePre<State>> {
    let engine = Engine::new(Config::new().consume_fuel(true))?;
    let module = Module::new(&engine, bytes)?;
    let mut linker = Linker::<State>::new(&engine);
    p1::add_to_linker_sync(&mut linker, |state| &mut state.wasi)?;
    linker.func_wrap("wapc", "__guest_request", write_request)?;
    // What the guest answers and logs does not matter here.
    for name in ["__guest_response", "__guest_error", "__console_log"] {
        linker.func_wrap("wapc", name, |_: u32, _: u32| {})?;
    }
    linker.func_wrap("wapc", "__host_call", call_host)?;
    linker.func_wrap("wapc", "__host_response_len", host_answer_length)?;
    linker.func_wrap("wapc", "__host_response", write_host_answer)?;
    // The error of a host that grants nothing is empty.
    linker.func_wrap("wapc", "__host_error_len", || 0u32)?;
    linker.func_wrap("wapc", "__host_error", |_: u32| {})?;
    linker.instantiate_pre(&module)
}

/// Answers a call of the guest: 1 if there is an answer to fetch, and 0 if the host has failed.
#[expect(
    clippy::too_many_arguments,
    reason = "waPC passes four texts, each as an address and a length"
)]
fn call_host(
    caller: Caller<'_, State>,
    _binding_address: u32,
    _binding_length: u32,
    _namespace_address: u32,
    _namespace_length: u32,
    _operation_address: u32,
    _operation_length: u32,
    _payload_address: u32,
    _payload_length: u32,
) -> u32 {
    u32::from(caller.data().host_answer.is_some())
}

fn host_answer_length(caller: Caller<'_, State>) -> u32 {
    let answer = caller.data().host_answer.as_ref();
    answer.map_or(0, |answer| answer.len() as u32)
}

/// Writes the host's answer into the guest's memory, at the address that the guest names.
fn write_host_answer(mut caller: Caller<'_, State>, address: u32) -> Result<()> {
    let memory = memory(&mut caller)?;
    let answer = caller.data().host_answer.clone().unwrap_or_default();
    memory.write(&mut caller, address as usize, &answer)?;
    Ok(())
}

/// Writes the operation and the payload into the guest's memory, at the addresses that it names.
fn write_request(
    mut caller: Caller<'_, State>,
    operation_address: u32,
    payload_address: u32,
) -> Result<()> {
    let memory = memory(&mut caller)?;
    let payload = caller.data().payload.clone();
    memory.write(&mut caller, operation_address as usize, OPERATION)?;
    memory.write(&mut caller, payload_address as usize, &payload)?;
    Ok(())
}

fn memory(caller: &mut Caller<'_, State>) -> Result<Memory> {
    caller
        .get_export("memory")
        .and_then(Extern::into_memory)
        .ok_or_else(|| wasmtime::Error::msg("the module exports no memory"))
}
