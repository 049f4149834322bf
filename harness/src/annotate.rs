//! `harness annotate` puts the metadata into the module, as `kwctl annotate` does with the same
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

/// The content of the section: the metadata, and what the module says of itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SectionContent {
    protocol_version: String,
    #[serde(flatten)]
    metadata: Metadata,
}

/// The keys of metadata.yml. Other keys are left out, as kwctl does.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    rules: Vec<Rule>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    mutating: bool,
    #[serde(default = "default_background_audit")]
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

/// As in kwctl, the audit scanner uses a policy whose metadata does not say otherwise.
fn default_background_audit() -> bool {
    true
}

/// Writes the annotated module.
///
/// # Errors
/// A file cannot be read or written, or for the reasons of [`annotate`].
pub fn run(arguments: &Arguments) -> Result<()> {
    let metadata = read_text(&arguments.metadata_path)?;
    let usage = arguments.usage_path.as_deref().map(read_text).transpose()?;
    let bare = &arguments.module;
    let module = fs::read(bare).with_context(|| bare.display().to_string())?;

    let annotated = annotate(&module, &metadata, usage)?;
    let output = &arguments.output_path;
    fs::write(output, annotated).with_context(|| output.display().to_string())
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Returns `module` with `metadata`, which is YAML, in a custom section at its end. `usage` becomes
/// the annotation that shows the README, and the module itself says the protocol version.
///
/// # Errors
/// The metadata cannot be read, or the module is not a policy, or has such a section already.
pub fn annotate(module: &[u8], metadata: &str, usage: Option<String>) -> Result<Vec<u8>> {
    let mut metadata: Metadata = yaml::read_single(metadata)
        .map_err(Error::msg)
        .context("the metadata")?;

    ensure!(
        metadata_sections(module)?.is_empty(),
        "the module has a section {SECTION} already: annotate the bare one"
    );

    if let Some(usage) = usage {
        metadata.annotations.insert(USAGE.to_owned(), usage);
    }
    let protocol_version = Module::from_bytes(module)?.protocol_version()?;
    let content = SectionContent {
        protocol_version: serde_json::from_slice(&protocol_version)?,
        metadata,
    };

    let section = CustomSection {
        name: SECTION.into(),
        data: serde_json::to_vec(&content)?.into(),
    };
    let mut annotated = module.to_vec();
    section.append_to(&mut annotated);
    Ok(annotated)
}

/// Returns the content of each section of metadata in `module`.
///
/// # Errors
/// The bytes are not a module.
pub fn metadata_sections(module: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CustomSection(section) if section.name() == SECTION => {
                found.push(section.data().to_vec());
            }
            _ => {}
        }
    }
    Ok(found)
}
