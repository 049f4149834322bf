//! `annotate`: from metadata.yml to the annotated module, the hub package and a manifest.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use annotate::{Metadata, hub, manifest, module};
use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

/// The version that metadata.yml must state: all packages of the workspace share it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Parser)]
#[command(about = "Makes everything that is made of metadata.yml", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the annotated module
    Module {
        #[command(flatten)]
        metadata: MetadataFile,
        /// The bare module
        #[arg(long, value_name = "FILE", default_value = "policy.wasm")]
        module: PathBuf,
        /// What the hub shows as documentation
        #[arg(long, value_name = "FILE", default_value = "README.md")]
        readme: PathBuf,
        /// Where the annotated module goes
        #[arg(
            short,
            long,
            value_name = "FILE",
            default_value = "annotated-policy.wasm"
        )]
        output: PathBuf,
    },
    /// Print the package file for ArtifactHub
    Artifacthub {
        #[command(flatten)]
        metadata: MetadataFile,
        /// The form that Rancher shows
        #[arg(long, value_name = "FILE", default_value = "questions-ui.yml")]
        questions: PathBuf,
        /// Time of the release, such as 2026-02-03T04:05:06Z [default: now]
        #[arg(long, value_name = "TIME")]
        created_at: Option<Timestamp>,
    },
    /// Print a ClusterAdmissionPolicy
    Manifest {
        #[command(flatten)]
        metadata: MetadataFile,
        /// Grant the access to the cluster that the policy can use
        #[arg(long)]
        allow_context_aware: bool,
    },
}

#[derive(Args)]
struct MetadataFile {
    /// The policy's metadata
    #[arg(long, value_name = "FILE", default_value = "metadata.yml")]
    metadata: PathBuf,
}

impl MetadataFile {
    fn read(&self) -> Result<Metadata, Box<dyn Error>> {
        let text = read_text(&self.metadata)?;
        Metadata::from_yaml(&text, VERSION)
            .map_err(|problems| at_file(&self.metadata, &problems.to_string()))
    }
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in error.to_string().lines() {
                eprintln!("annotate: error: {line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Module {
            metadata,
            module,
            readme,
            output,
        } => {
            let metadata = metadata.read()?;
            let bare = fs::read(&module).map_err(|error| at_file(&module, &error.to_string()))?;
            let annotated = module::annotate(&bare, &metadata, &read_text(&readme)?)
                .map_err(|refused| at_file(&module, &refused.to_string()))?;
            fs::write(&output, &annotated).map_err(|error| at_file(&output, &error.to_string()))?;
            eprintln!(
                "annotate: wrote {}: {} bytes",
                output.display(),
                annotated.len()
            );
        }
        Command::Artifacthub {
            metadata,
            questions,
            created_at,
        } => {
            let text = read_text(&questions)?;
            let created_at = created_at.unwrap_or_else(Timestamp::now);
            let package = hub::package(&metadata.read()?, &text, created_at)
                .map_err(|problems| at_file(&questions, &problems.to_string()))?;
            io::stdout().write_all(package.as_bytes())?;
        }
        Command::Manifest {
            metadata,
            allow_context_aware,
        } => {
            let settings = serde_json::Map::new();
            let policy = manifest::cluster_admission_policy(
                &metadata.read()?,
                &settings,
                allow_context_aware,
            );
            io::stdout().write_all(policy.as_bytes())?;
        }
    }
    Ok(())
}

fn read_text(path: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(path).map_err(|error| at_file(path, &error.to_string()))
}

/// `message` with the file's name before each of its lines.
fn at_file(path: &Path, message: &str) -> Box<dyn Error> {
    let lines: Vec<String> = message
        .lines()
        .map(|line| format!("{}: {line}", path.display()))
        .collect();
    lines.join("\n").into()
}
