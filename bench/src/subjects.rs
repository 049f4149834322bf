//! The modules that are compared.

use std::fs;
use std::path::Path;

use engine::Module;
use wasmtime::error::{Context, Result};

/// A module, as bytes and compiled.
pub struct Subject {
    /// The module in WebAssembly's binary format.
    pub bytes: Vec<u8>,
    /// The same, compiled.
    pub module: Module,
}

/// The modules that are compared.
pub struct Subjects {
    /// This policy.
    pub ours: Subject,
    /// The policy in `baseline`, written with the SDK and the Kubernetes types.
    pub idiomatic: Subject,
    /// The policy in `null.wat`, which does nothing.
    pub null: Subject,
}

impl Subjects {
    /// Reads and compiles the modules.
    ///
    /// # Errors
    /// When a file cannot be read or is no module.
    pub fn load(ours: &Path, idiomatic: &Path) -> Result<Self> {
        Ok(Self {
            ours: Subject::new(read(ours)?)?,
            idiomatic: Subject::new(read(idiomatic)?)?,
            null: Subject::new(null_module())?,
        })
    }

    /// Ours, the idiomatic one, the null one.
    pub fn each(&self) -> [&Subject; 3] {
        [&self.ours, &self.idiomatic, &self.null]
    }
}

impl Subject {
    fn new(bytes: Vec<u8>) -> Result<Self> {
        let module = Module::load(&bytes)?;
        Ok(Self { bytes, module })
    }
}

/// Reads a file.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// The null policy in binary form.
///
/// # Panics
/// When `null.wat` is not in order.
pub fn null_module() -> Vec<u8> {
    wat::parse_str(include_str!("../null.wat")).expect("null.wat is a module")
}
