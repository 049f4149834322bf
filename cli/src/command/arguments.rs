//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::suggesting::suggest::Form;

/// Judges manifests of Windows HostProcess containers by the rules of the Kubewarden policy
/// windows-hostprocess-policy, without a cluster, and suggests rules for them.
#[derive(Parser)]
#[command(name = "hostprocess", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  hostprocess check -s settings.yaml deploy/
  kubectl get daemonsets -A -o yaml | hostprocess suggest - > settings.yaml
  hostprocess completions bash > ~/.local/share/bash-completion/completions/hostprocess";

#[derive(Subcommand)]
pub enum Command {
    /// Say what the policy would deny
    Check(Check),
    /// Write settings that admit the HostProcess workloads found, and nothing else
    Suggest(Suggest),
    /// Write the completions for a shell
    #[command(after_help = "\
Examples:
  hostprocess completions bash > ~/.local/share/bash-completion/completions/hostprocess
  hostprocess completions zsh > ~/.zfunc/_hostprocess")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Where to look, and in which namespace.
#[derive(Args)]
pub struct Manifests {
    /// Files, directories (every .yaml, .yml and .json below), `-` for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The same, as kubectl takes them
    #[arg(short, long, value_name = "PATH")]
    filename: Vec<PathBuf>,
    /// Namespace of objects that name none
    ///
    /// It holds for all kinds but those of Kubernetes and Kubewarden that stand in none. A
    /// custom object that names no namespace counts as one of this namespace: whether its kind
    /// has namespaces is not known here.
    #[arg(short, long, default_value = "default")]
    pub namespace: String,
}

impl Manifests {
    /// The paths that were given, either way.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.filename.iter().chain(&self.paths).cloned().collect()
    }
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  hostprocess check -s settings.yaml deploy/        what the policy would deny of deploy/
  hostprocess check -s policy.yaml                  whether the settings of a policy are good
  helm template mychart | hostprocess check -s settings.yaml -
  kubectl get pods -A -o yaml | hostprocess check -s settings.yaml -
  hostprocess check -s new.yaml --against old.yaml deploy/
                                                    what a change of rules admits and denies
  hostprocess check -s settings.yaml -o sarif deploy/ > hostprocess.sarif

Exit status:
  0  nothing is denied
  1  something is denied
  2  something named could not be read or judged, and nothing is denied")]
pub struct Check {
    #[command(flatten)]
    pub manifests: Manifests,
    /// File with settings, or with a policy that has some, also among other documents
    ///
    /// Without settings nothing may use HostProcess. Without PATH the settings alone are
    /// checked.
    #[arg(short, long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Settings as JSON
    #[arg(long, value_name = "JSON", conflicts_with = "settings")]
    pub settings_json: Option<String>,
    /// Show only what other settings judge otherwise: what the new ones newly admit or deny
    #[arg(long, value_name = "OLD-SETTINGS", conflicts_with = "verbose")]
    pub against: Option<PathBuf>,
    /// Who asks, as `kubectl --as`: a user, or system:serviceaccount:NAMESPACE:NAME
    ///
    /// Without it whoever asks counts as fitting. An AdmissionRequest says it itself.
    #[arg(long = "as", value_name = "USER")]
    pub user: Option<String>,
    /// A group of who asks; may be given several times
    #[arg(long = "as-group", value_name = "GROUP", requires = "user")]
    pub groups: Vec<String>,
    /// File with a cluster's answers to the node checks, as kwctl run records and replays them
    #[arg(long, value_name = "FILE")]
    pub replay_host_capabilities_interactions: Option<PathBuf>,
    /// What to write
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
    /// List what passes, too
    #[arg(short, long)]
    pub verbose: bool,
    /// Write nothing: the exit status says it
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
}

#[derive(Clone, Copy, Default, PartialEq, ValueEnum)]
pub enum Output {
    /// Lines for people
    #[default]
    Text,
    /// Objects, errors and a summary
    Json,
    /// Test results, for CI
    Junit,
    /// Findings, for code scanning
    Sarif,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  hostprocess suggest deploy/ > settings.yaml
  kubectl get pods -A -o yaml | hostprocess suggest -o policy - > policy.yaml
  hostprocess suggest --any-tag --requested-by controllers --requested-by group:admins deploy/

Exit status:
  0  the settings admit all HostProcess workloads found
  1  no rule can admit some; standard error says why
  2  something named could not be read, and the settings admit all else")]
pub struct Suggest {
    #[command(flatten)]
    pub manifests: Manifests,
    /// What to write
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
    /// Admit every tag and digest of the images
    #[arg(long)]
    pub any_tag: bool,
    /// Admit every command, and everything that hooks and probes may run
    #[arg(long)]
    pub any_command: bool,
    /// Who may ask: user:NAME, group:NAME, serviceaccount:NAMESPACE/NAME or controllers; may be
    /// given several times
    #[arg(long, value_name = "REQUESTER")]
    pub requested_by: Vec<String>,
}
