//! `harness annotate`: puts the metadata into the module as `kwctl annotate` does, with its
//! flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use wasm_encoder::{CustomSection, Section};
use wasmparser::{Parser, Payload};

use crate::{Module, yaml};

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
#[derive(Debug, Deserialize, Serialize)]
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

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    resources: Vec<String>,
    operations: Vec<Operation>,
}

#[derive(Debug, Deserialize, Serialize)]
enum Operation {
    #[serde(rename = "CREATE")]
    Create,
    #[serde(rename = "UPDATE")]
    Update,
    #[serde(rename = "DELETE")]
    Delete,
    #[serde(rename = "CONNECT")]
    Connect,
    #[serde(rename = "*")]
    All,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    api_version: String,
    kind: String,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum ExecutionMode {
    #[default]
    KubewardenWapc,
}

#[derive(Debug, Default, Deserialize, Serialize)]
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
    let read = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
    let metadata = String::from_utf8(read(&arguments.metadata_path)?)?;
    let usage = arguments.usage_path.as_deref().map(read).transpose()?;
    let usage = usage.map(String::from_utf8).transpose()?;
    let module = annotated(&read(&arguments.module)?, &metadata, usage)?;
    std::fs::write(&arguments.output_path, module)
        .with_context(|| arguments.output_path.display().to_string())
}

/// The module with the metadata, which are YAML, in a section at its end. `usage` becomes
/// their annotation of that name, and the protocol version is the one that the module says.
///
/// # Errors
/// The metadata are none, or the module is none, gives no version, or has such a section.
pub fn annotated(module: &[u8], metadata: &str, usage: Option<String>) -> Result<Vec<u8>> {
    let mut metadata: Metadata = yaml::read(metadata).context("the metadata")?;
    ensure!(
        sections(module)?.is_empty(),
        "the module has a section {SECTION} already: annotate the bare one"
    );
    let version = Module::from_bytes(module)?.protocol_version()?;
    metadata.protocol_version = serde_json::from_slice(&version)?;
    metadata.annotations.extend(usage.map(|text| (USAGE.to_owned(), text)));
    let mut module = module.to_vec();
    CustomSection { name: SECTION.into(), data: serde_json::to_vec(&metadata)?.into() }
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
        if let Payload::CustomSection(section) = payload?
            && section.name() == SECTION
        {
            found.push(section.data().to_vec());
        }
    }
    Ok(found)
}
