//! The compiled module and its instances.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use wapc::{HostCallback, WapcHost};
use wasmtime_provider::{ResourceLimits, WasmtimeEngineProviderBuilder, WasmtimeEngineProviderPre};
use windows_hostprocess_policy::Host;

/// A host that grants nothing.
struct NoGrant;

impl Host for NoGrant {
    fn kubernetes(&self, operation: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(format!(
            "the policy has not been granted access to kubernetes/{operation}"
        ))
    }
}

/// A compiled module, from which instances are made quickly, also in other threads.
pub struct Module(WasmtimeEngineProviderPre);

impl Module {
    /// Compiles a module in WebAssembly's binary format.
    ///
    /// # Errors
    /// The bytes are not a module, or the module imports what neither waPC nor WASI offers.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Ok(Self(
            WasmtimeEngineProviderBuilder::new()
                .module_bytes(bytes)
                .build_pre()?,
        ))
    }

    /// Compiles the module in a file.
    ///
    /// # Errors
    /// The file cannot be read, or for the reasons of [`Module::from_bytes`].
    pub fn from_file(path: &Path) -> Result<Self> {
        std::fs::read(path)
            .map_err(Into::into)
            .and_then(|bytes| Self::from_bytes(&bytes))
            .with_context(|| path.display().to_string())
    }

    /// Compiles a module whose instances have at most `limit` bytes of memory each.
    ///
    /// # Errors
    /// As [`Module::from_bytes`].
    pub fn with_memory_limit(bytes: &[u8], limit: usize) -> Result<Self> {
        let limits = ResourceLimits {
            max_memory_size: Some(limit),
            max_table_elements: None,
        };
        let builder = WasmtimeEngineProviderBuilder::new().module_bytes(bytes);
        Ok(Self(builder.enable_resource_limits(limits).build_pre()?))
    }

    /// Returns a fresh instance whose host grants nothing, as a policy server grants nothing to a
    /// policy without `contextAwareResources`.
    ///
    /// # Errors
    /// The module's start traps.
    pub fn instance(&self) -> Result<Instance> {
        self.instance_with(NoGrant)
    }

    /// Returns a fresh instance. `host` answers its calls of Kubewarden's `kubernetes` capabilities.
    ///
    /// # Errors
    /// As [`Module::instance`].
    pub fn instance_with(&self, host: impl Host + Send + Sync + 'static) -> Result<Instance> {
        let callback: Box<HostCallback> =
            Box::new(move |_, binding, namespace, operation, request| {
                match (binding, namespace) {
                    ("kubewarden", "kubernetes") => host.kubernetes(operation, request),
                    _ => Err(format!("unknown capability {binding}/{namespace}")),
                }
                .map_err(Into::into)
            });
        Ok(Instance(WapcHost::new(
            Box::new(self.0.rehydrate(None)?),
            Some(callback),
        )?))
    }

    /// Returns what a fresh instance answers to `validate`: see [`Instance::validate`].
    ///
    /// # Errors
    /// As [`Module::instance`] and [`Instance::validate`].
    pub fn validate(&self, payload: &[u8]) -> Result<Vec<u8>> {
        self.instance()?.validate(payload)
    }

    /// Returns what a fresh instance answers to `validate_settings`: see
    /// [`Instance::validate_settings`].
    ///
    /// # Errors
    /// As [`Module::instance`] and [`Instance::validate`].
    pub fn validate_settings(&self, settings: &[u8]) -> Result<Vec<u8>> {
        self.instance()?.validate_settings(settings)
    }

    /// Returns what a fresh instance answers to `protocol_version`, which a policy server asks first.
    ///
    /// # Errors
    /// As [`Module::instance`] and [`Instance::validate`].
    pub fn protocol_version(&self) -> Result<Vec<u8>> {
        self.instance()?.call("protocol_version", b"")
    }
}

/// An instance of a module, with memory of its own. It answers one call at a time. After a trap its
/// memory is in an unknown state.
pub struct Instance(WapcHost);

impl Instance {
    /// Returns what the policy answers to `payload`, the JSON of `{"request": …, "settings": …}`.
    ///
    /// # Errors
    /// The guest trapped or returned an error.
    pub fn validate(&self, payload: &[u8]) -> Result<Vec<u8>> {
        self.call("validate", payload)
    }

    /// Returns what the policy answers to `settings`, JSON: whether they are valid, and why not.
    ///
    /// # Errors
    /// As [`Instance::validate`].
    pub fn validate_settings(&self, settings: &[u8]) -> Result<Vec<u8>> {
        self.call("validate_settings", settings)
    }

    fn call(&self, operation: &str, payload: &[u8]) -> Result<Vec<u8>> {
        self.0
            .call(operation, payload)
            .map_err(|error| anyhow!("{error}"))
    }
}
