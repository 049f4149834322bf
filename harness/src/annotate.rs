//! `harness annotate`: puts the metadata into the module as `kwctl annotate` does, with its
//! flags.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, ensure};
use hostprocess::yaml;
use serde::{Deserialize, Serialize};
use wasm_encoder::{CustomSection, Section};
use wasmparser::{Parser, Payload};

use crate::Module;

/// The custom section that a policy server reads.
pub const SECTION: &str = "io.kubewarden.metadata";
/// The annotation that shows the README on the hub and in `kwctl inspect`.
const USAGE: &str = "io.kubewarden.policy.usage";

/// The arguments of `annotate`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The policy's metadata, YAML
    #[arg(short, long, value_name = "FILE")]
    metadata_path: PathBuf,
    /// Where the annotated module goes
    #[arg(short, long, value_name = "FILE")]
    output_path: PathBuf,
    /// The policy's documentation, Markdown
    #[arg(short, long, value_name = "FILE")]
    usage_path: Option<PathBuf>,
    /// The bare module
    module: PathBuf,
}

/// What metadata.yml may hold, and with a protocol version what the section holds. Other
/// keys are left out, as kwctl does.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    protocol_version: Option<String>,
    rules: Vec<Rule>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    mutating: bool,
    #[serde(default = "yes")]
    background_audit: bool,
    #[serde(default)]
    context_aware_resources: Vec<Resource>,
    #[serde(default)]
    execution_mode: ExecutionMode,
    #[serde(default)]
    policy_type: PolicyType,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_kubewarden_version: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    host_capabilities: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    resources: Vec<String>,
    operations: Vec<Operation>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Operation {
    Create,
    Update,
    Delete,
    Connect,
    #[serde(rename = "*")]
    All,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    api_version: String,
    kind: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum ExecutionMode {
    #[default]
    KubewardenWapc,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum PolicyType {
    #[default]
    Kubernetes,
}

fn yes() -> bool {
    true
}

/// Writes the annotated module.
///
/// # Errors
/// A file cannot be read or written, the metadata are none, or as [`annotated`].
pub fn run(arguments: &Arguments) -> Result<()> {
    let of = |path: &Path| path.display().to_string();
    let read = |path: &Path| fs::read_to_string(path).with_context(|| of(path));
    let metadata = read(&arguments.metadata_path)?;
    let usage = arguments.usage_path.as_deref().map(read).transpose()?;
    let module = fs::read(&arguments.module).with_context(|| of(&arguments.module))?;
    let module = annotated(&module, &metadata, usage)?;
    fs::write(&arguments.output_path, module).with_context(|| of(&arguments.output_path))
}

/// The module with the metadata, which are YAML, in a section at its end. `usage` becomes
/// their annotation of that name, and the protocol version is the one that the module says.
///
/// # Errors
/// The metadata are none, or the module is none, gives no version, or has such a section.
pub fn annotated(module: &[u8], metadata: &str, usage: Option<String>) -> Result<Vec<u8>> {
    let mut metadata: Metadata = yaml::one(metadata)
        .map_err(Error::msg)
        .context("the metadata")?;
    ensure!(
        sections(module)?.is_empty(),
        "the module has a section {SECTION} already: annotate the bare one"
    );
    let version = Module::from_bytes(module)?.protocol_version()?;
    metadata.protocol_version = serde_json::from_slice(&version)?;
    metadata
        .annotations
        .extend(usage.map(|text| (USAGE.to_owned(), text)));
    let mut module = module.to_vec();
    CustomSection {
        name: SECTION.into(),
        data: serde_json::to_vec(&metadata)?.into(),
    }
    .append_to(&mut module);
    Ok(module)
}

/// What each section of metadata in `module` holds.
///
/// # Errors
/// The bytes are no module.
pub fn sections(module: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CustomSection(it) if it.name() == SECTION => found.push(it.data().to_vec()),
            _ => {}
        }
    }
    Ok(found)
}
