//! The compiled module and its instances.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wapc::WapcHost;
use wasmtime_provider::{ResourceLimits, WasmtimeEngineProviderBuilder, WasmtimeEngineProviderPre};

use crate::{HostAnswers, NoGrant};

/// Why the module gave no answer: it cannot be loaded, trapped, or returned an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    pub(crate) fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Bounds on what an instance may use; the default sets none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes the linear memory may grow to.
    pub memory_bytes: Option<usize>,
}

/// A compiled module, from which instances are made quickly.
///
/// Clones share the compiled code, also across threads.
#[derive(Clone)]
pub struct Module {
    pre: WasmtimeEngineProviderPre,
}

impl Module {
    /// Compiles `bytes`, a module in WebAssembly's binary format.
    ///
    /// # Errors
    /// When the bytes are no valid module, or the module imports something else
    /// than waPC's functions.
    pub fn load(bytes: &[u8]) -> Result<Self, Failure> {
        Self::load_with(bytes, Limits::default())
    }

    /// As [`Module::load`], with instances held to `limits`.
    ///
    /// # Errors
    /// As [`Module::load`].
    pub fn load_with(bytes: &[u8], limits: Limits) -> Result<Self, Failure> {
        WasmtimeEngineProviderBuilder::new()
            .module_bytes(bytes)
            .enable_resource_limits(ResourceLimits {
                max_memory_size: limits.memory_bytes,
                max_table_elements: None,
            })
            .build_pre()
            .map(|pre| Self { pre })
            .map_err(Failure::new)
    }

    /// A fresh instance whose host grants nothing.
    ///
    /// # Errors
    /// When the module's start traps or its memory does not fit the limits.
    pub fn instance(&self) -> Result<Instance, Failure> {
        self.instance_with(NoGrant)
    }

    /// A fresh instance whose calls to the host are answered by `host`.
    ///
    /// # Errors
    /// As [`Module::instance`].
    pub fn instance_with(&self, host: impl HostAnswers + 'static) -> Result<Instance, Failure> {
        let provider = self.pre.rehydrate(None).map_err(Failure::new)?;
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let callback: Box<wapc::HostCallback> =
            Box::new(move |_id, binding, namespace, operation, payload| {
                counted.fetch_add(1, Ordering::Relaxed);
                host.answer(binding, namespace, operation, payload)
                    .map_err(Into::into)
            });
        let guest = WapcHost::new(Box::new(provider), Some(callback)).map_err(Failure::new)?;
        Ok(Instance { guest, calls })
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").finish_non_exhaustive()
    }
}

/// An instance of the module: memory of its own, one call at a time.
///
/// After a trap an instance's memory is in an unknown state: make another.
#[derive(Debug)]
pub struct Instance {
    guest: WapcHost,
    calls: Arc<AtomicUsize>,
}

impl Instance {
    /// Calls `validate` with `payload`, the JSON of `{"request": …, "settings": …}`;
    /// returns the policy's response as it stands.
    ///
    /// # Errors
    /// When the guest trapped or returned an error.
    pub fn validate(&self, payload: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call("validate", payload)
    }

    /// Calls `validate_settings` with `payload`, the JSON of the settings;
    /// returns the policy's response as it stands.
    ///
    /// # Errors
    /// As [`Instance::validate`].
    pub fn validate_settings(&self, payload: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call("validate_settings", payload)
    }

    /// Calls `protocol_version`; returns the JSON string of the version.
    ///
    /// # Errors
    /// As [`Instance::validate`].
    pub fn protocol_version(&self) -> Result<Vec<u8>, Failure> {
        self.call("protocol_version", b"")
    }

    /// How many times the policy has asked the host for something.
    pub fn host_calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn call(&self, operation: &str, payload: &[u8]) -> Result<Vec<u8>, Failure> {
        self.guest.call(operation, payload).map_err(Failure::new)
    }
}
