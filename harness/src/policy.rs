//! This repository's module, built by the command that Kubewarden's workflows use.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::Module;

const TARGET: &str = "wasm32-wasip1";

/// Returns the policy's module. The first call of a process builds and compiles it.
///
/// # Panics
/// It cannot be built.
pub fn policy() -> &'static Module {
    static MODULE: LazyLock<Module> =
        LazyLock::new(|| Module::from_bytes(policy_bytes()).expect("what was built is a module"));
    &MODULE
}

/// Returns the bytes of the policy's module. The first call of a process builds it.
///
/// # Panics
/// It cannot be built.
pub fn policy_bytes() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        build(root())
            .and_then(|module| Ok(std::fs::read(module)?))
            .unwrap_or_else(|error| panic!("the module cannot be built: {error:#}"))
    });
    &BYTES
}

/// Returns the root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies below the root")
}

/// Builds the module of the workspace in `folder`, in the workspace's own `target`, and returns its
/// path. Adds Rust's target if it is missing.
///
/// # Errors
/// The target cannot be added, cargo fails, or there is not exactly one module.
pub fn build(folder: &Path) -> Result<PathBuf> {
    add_target(folder)?;
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "--locked", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not run")?;
    ensure!(built.status.success(), "cargo build: {}", built.status);
    let modules = modules_in(&String::from_utf8(built.stdout)?);
    match &modules[..] {
        [module] => Ok(module.clone()),
        _ => bail!("one module was to be built, found {modules:?}"),
    }
}

/// Returns the paths of the modules in cargo's messages, of which each line is one.
fn modules_in(messages: &str) -> Vec<PathBuf> {
    let mut modules = Vec::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        for file in message["filenames"].as_array().into_iter().flatten() {
            let path = file.as_str().unwrap_or_default();
            if path.ends_with(".wasm") {
                modules.push(PathBuf::from(path));
            }
        }
    }
    modules
}

fn add_target(folder: &Path) -> Result<()> {
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folder)
        .output()
        .context("rustc does not run")?;
    if Path::new(String::from_utf8(libraries.stdout)?.trim()).is_dir() {
        return Ok(());
    }
    let _ = writeln!(
        std::io::stderr(),
        "Adding Rust's target {TARGET} through rustup"
    );
    let added = Command::new("rustup")
        .args(["target", "add", TARGET])
        .current_dir(folder)
        .status()
        .with_context(|| format!("the target {TARGET} is missing and there is no rustup"))?;
    ensure!(added.success(), "rustup target add: {added}");
    Ok(())
}
