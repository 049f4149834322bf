//! The module in an engine that counts: instructions, stack and memory.
//!
//! waPC's own engine offers no fuel, so the few functions of its protocol stand here
//! once more. The verdicts of the other tests come from waPC's engine.

use std::fs;

use conformance::data;
use wasmtime::{
    Caller, Config, Engine, Extern, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder,
};

/// The module's own stack, in bytes, as `build.rs` gives it to the linker. It ends
/// where the data begin; below it there is nothing.
pub const STACK: usize = 124 * 1024 + 1408;
/// The stack is filled with this byte before a call.
const UNTOUCHED: u8 = 0xa5;
/// More instructions than any call may take.
const FUEL: u64 = 100_000_000_000;

/// A compiled module.
pub struct Metered {
    module: Module,
    linker: Linker<State>,
}

/// What a call took.
pub struct Run {
    /// The answer, or how it trapped.
    pub answer: Result<Vec<u8>, String>,
    /// Instructions, roughly.
    pub fuel: u64,
    /// Bytes of the module's own stack.
    pub stack: usize,
    /// Bytes of linear memory at the end.
    pub memory: usize,
}

struct State {
    payload: Vec<u8>,
    answer: Vec<u8>,
    limits: StoreLimits,
}

impl Metered {
    /// The built module, in an engine that gives it `native_stack` bytes of the host's
    /// stack.
    pub fn load(native_stack: usize) -> Self {
        let bytes = fs::read(data::root().join("policy.wasm")).expect("`make policy.wasm` has run");
        let mut config = Config::new();
        config.consume_fuel(true).max_wasm_stack(native_stack);
        let engine = Engine::new(&config).expect("the configuration is one");
        let module = Module::new(&engine, bytes).expect("the module is one");
        Self {
            linker: linker(&engine),
            module,
        }
    }

    /// Calls `validate` in a fresh instance whose memory may grow to `memory_limit` bytes.
    pub fn validate(&self, payload: &[u8], memory_limit: usize) -> Run {
        let state = State {
            payload: payload.to_vec(),
            answer: Vec::new(),
            limits: StoreLimitsBuilder::new().memory_size(memory_limit).build(),
        };
        let mut store = Store::new(self.module.engine(), state);
        store.limiter(|state| &mut state.limits);
        store.set_fuel(FUEL).expect("fuel is counted");
        let instance = self
            .linker
            .instantiate(&mut store, &self.module)
            .expect("an instance fits the limits");
        let memory = instance
            .get_memory(&mut store, "memory")
            .expect("waPC's memory");
        let stack = &mut memory.data_mut(&mut store)[..STACK];
        assert!(stack.iter().all(|byte| *byte == 0), "data lie in the stack");
        stack.fill(UNTOUCHED);
        let call = instance
            .get_typed_func::<(u32, u32), u32>(&mut store, "__guest_call")
            .expect("waPC's entry point");
        let lengths = ("validate".len() as u32, payload.len() as u32);
        let result = call.call(&mut store, lengths);
        let data = memory.data(&store);
        let untouched = data[..STACK]
            .iter()
            .take_while(|byte| **byte == UNTOUCHED)
            .count();
        Run {
            fuel: FUEL - store.get_fuel().expect("fuel is counted"),
            stack: STACK - untouched,
            memory: data.len(),
            answer: match result {
                Ok(1) => Ok(store.into_data().answer),
                Ok(_) => Err("a guest error".into()),
                Err(trap) => Err(format!("{trap:?}")),
            },
        }
    }
}

fn linker(engine: &Engine) -> Linker<State> {
    let mut linker = Linker::new(engine);
    let request = |mut caller: Caller<'_, State>, operation: u32, payload: u32| {
        let (memory, text) = (memory(&mut caller), caller.data().payload.clone());
        memory.write(&mut caller, operation as usize, b"validate")?;
        memory.write(&mut caller, payload as usize, &text)?;
        Ok(())
    };
    let response = |mut caller: Caller<'_, State>, at: u32, length: u32| {
        let memory = memory(&mut caller);
        let mut answer = vec![0; length as usize];
        memory.read(&caller, at as usize, &mut answer)?;
        caller.data_mut().answer = answer;
        Ok(())
    };
    linker
        .func_wrap("wapc", "__guest_request", request)
        .expect("a new name");
    linker
        .func_wrap("wapc", "__guest_response", response)
        .expect("a new name");
    linker
        .func_wrap("wapc", "__guest_error", |_: u32, _: u32| {})
        .expect("a new name");
    // The host grants nothing and says nothing.
    let host_call = |_: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32| 0u32;
    linker
        .func_wrap("wapc", "__host_call", host_call)
        .expect("a new name");
    for (name, length) in [("__host_response_len", 0u32), ("__host_error_len", 0)] {
        linker
            .func_wrap("wapc", name, move || length)
            .expect("a new name");
    }
    for name in ["__host_response", "__host_error"] {
        linker
            .func_wrap("wapc", name, |_: u32| {})
            .expect("a new name");
    }
    linker
}

fn memory(caller: &mut Caller<'_, State>) -> Memory {
    caller
        .get_export("memory")
        .and_then(Extern::into_memory)
        .expect("waPC's memory")
}
