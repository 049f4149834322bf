//! An instance in the engine alone, without waPC's host library: what a call
//! consumes and how large the memory is can be seen from here.

use wasmtime::error::{Context, Result, ensure};
use wasmtime::{Caller, Config, Engine, Instance, Linker, Memory, Module, Store, TypedFunc};

/// More than any call consumes.
const FUEL: u64 = u64::MAX;

/// A compiled module whose instances count what they consume.
pub struct Code {
    module: Module,
    linker: Linker<Exchange>,
}

/// What host and guest tell each other during a call.
#[derive(Default)]
struct Exchange {
    operation: Vec<u8>,
    payload: Vec<u8>,
    answer: Vec<u8>,
}

impl Code {
    /// Compiles a module. Its instances count fuel where `counting` is true; it
    /// costs them time.
    ///
    /// # Errors
    /// When the bytes are no module.
    pub fn compile(bytes: &[u8], counting: bool) -> Result<Self> {
        let engine = Engine::new(Config::new().consume_fuel(counting))?;
        let module = Module::new(&engine, bytes)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap("wapc", "__guest_request", write_request)?;
        linker.func_wrap("wapc", "__guest_response", read_answer)?;
        // The requests here need no other capability of the host.
        linker.define_unknown_imports_as_traps(&module)?;
        Ok(Self { module, linker })
    }

    /// A fresh instance, initialised.
    ///
    /// # Errors
    /// When it traps.
    pub fn instance(&self) -> Result<Guest> {
        let mut store = Store::new(self.module.engine(), Exchange::default());
        // Without counting there is nothing to fill.
        let _ = store.set_fuel(FUEL);
        let instance = self.linker.instantiate(&mut store, &self.module)?;
        instance
            .get_typed_func::<(), ()>(&mut store, "wapc_init")?
            .call(&mut store, ())?;
        Ok(Guest {
            memory: memory(&instance, &mut store)?,
            call: instance.get_typed_func(&mut store, "__guest_call")?,
            store,
        })
    }
}

/// An instance.
pub struct Guest {
    store: Store<Exchange>,
    memory: Memory,
    call: TypedFunc<(u32, u32), u32>,
}

impl Guest {
    /// Calls `validate`; returns the response.
    ///
    /// # Errors
    /// When the guest traps, which it also does when the fuel is used up, or
    /// returns an error.
    pub fn validate(&mut self, payload: &[u8]) -> Result<Vec<u8>> {
        let operation = b"validate";
        *self.store.data_mut() = Exchange {
            operation: operation.to_vec(),
            payload: payload.to_vec(),
            answer: Vec::new(),
        };
        let lengths = (operation.len() as u32, u32::try_from(payload.len())?);
        ensure!(
            self.call.call(&mut self.store, lengths)? == 1,
            "the guest returned an error"
        );
        Ok(std::mem::take(&mut self.store.data_mut().answer))
    }

    /// The size of the linear memory in bytes.
    pub fn memory_size(&self) -> usize {
        self.memory.data_size(&self.store)
    }

    /// The fuel consumed since the instance was made: about one unit for each
    /// instruction of WebAssembly.
    ///
    /// # Errors
    /// When the code was not compiled to count.
    pub fn consumed(&self) -> Result<u64> {
        Ok(FUEL - self.store.get_fuel()?)
    }

    /// Leaves fuel for `units` more.
    ///
    /// # Errors
    /// As [`Guest::consumed`].
    pub fn leave(&mut self, units: u64) -> Result<()> {
        self.store.set_fuel(units)
    }
}

fn memory(instance: &Instance, store: &mut Store<Exchange>) -> Result<Memory> {
    instance
        .get_memory(store, "memory")
        .context("the module exports no memory")
}

fn exported_memory(caller: &mut Caller<'_, Exchange>) -> wasmtime::Result<Memory> {
    let export = caller.get_export("memory");
    export
        .and_then(wasmtime::Extern::into_memory)
        .ok_or_else(|| wasmtime::Error::msg("the module exports no memory"))
}

fn write_request(
    mut caller: Caller<'_, Exchange>,
    operation: u32,
    payload: u32,
) -> wasmtime::Result<()> {
    let (memory, exchange) = exported_memory(&mut caller)?.data_and_store_mut(&mut caller);
    for (pointer, bytes) in [
        (operation, &exchange.operation),
        (payload, &exchange.payload),
    ] {
        memory
            .get_mut(pointer as usize..)
            .and_then(|memory| memory.get_mut(..bytes.len()))
            .ok_or_else(|| wasmtime::Error::msg("the request does not fit into the memory"))?
            .copy_from_slice(bytes);
    }
    Ok(())
}

fn read_answer(
    mut caller: Caller<'_, Exchange>,
    pointer: u32,
    length: u32,
) -> wasmtime::Result<()> {
    let (memory, exchange) = exported_memory(&mut caller)?.data_and_store_mut(&mut caller);
    exchange.answer = memory
        .get(pointer as usize..)
        .and_then(|memory| memory.get(..length as usize))
        .ok_or_else(|| wasmtime::Error::msg("the answer lies outside of the memory"))?
        .to_vec();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects;

    #[test]
    fn the_null_policy_accepts_and_makes_room() {
        let code = Code::compile(&subjects::null_module(), true).unwrap();
        let mut guest = code.instance().unwrap();
        let page = guest.memory_size();
        assert_eq!(page, 64 * 1024);
        assert_eq!(guest.validate(b"{}").unwrap(), br#"{"accepted":true}"#);
        assert_eq!(guest.memory_size(), page);
        let large = vec![b' '; 4 * page - 1024];
        assert_eq!(guest.validate(&large).unwrap(), br#"{"accepted":true}"#);
        assert_eq!(guest.memory_size(), 4 * page);
    }

    #[test]
    fn fuel_is_the_same_each_time() {
        let code = Code::compile(&subjects::null_module(), true).unwrap();
        let consumed = [0, 1].map(|_| {
            let mut guest = code.instance().unwrap();
            guest.validate(b"{}").unwrap();
            guest.consumed().unwrap()
        });
        assert_eq!(consumed[0], consumed[1]);
        assert!((10..100).contains(&consumed[0]), "{consumed:?}");
    }

    #[test]
    fn a_call_ends_where_the_fuel_ends() {
        let code = Code::compile(&subjects::null_module(), true).unwrap();
        let mut guest = code.instance().unwrap();
        guest.leave(0).unwrap();
        assert!(guest.validate(b"{}").is_err());
    }
}
