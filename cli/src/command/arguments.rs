//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::reading::files::Exclusions;
use crate::reading::problem::Unreadable;
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
    #[command(group = clap::ArgGroup::new("requester").args(["user", "groups"]).multiple(true))]
    Check(Check),
    /// Say what is wrong with policies and settings
    Validate(Validate),
    /// Write settings that admit the HostProcess workloads found, with a rule for each
    Suggest(Suggest),
    /// Write the rules for what vendors publish
    Rules(Rules),
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
    #[arg(short, long, value_name = "PATH", value_delimiter = ',')]
    filename: Vec<PathBuf>,
    /// Namespace of objects that name none [default: default]
    ///
    /// It applies to every kind except the cluster-scoped kinds of Kubernetes and Kubewarden. A
    /// custom object that names no namespace counts as one of this namespace: whether its kind
    /// has namespaces is not known here.
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// Files and directories to leave out; may be given several times
    ///
    /// A pattern without a slash is compared with names (`charts`, `*.values.yaml`), one with a
    /// slash with whole paths (`deploy/**/test/*.yaml`).
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
}

impl Manifests {
    /// Returns the paths that were given, either way, without repeated slashes and `.` in the middle.
    /// Those of `-f` come first.
    pub fn paths(&self) -> Vec<PathBuf> {
        let paths = self.filename.iter().chain(&self.paths);
        paths.map(|path| path.components().collect()).collect()
    }

    /// Returns the namespace of objects that name none.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("default")
    }

    /// Returns the patterns of `--exclude`.
    ///
    /// # Errors
    /// One is not a pattern.
    pub fn exclusions(&self) -> Result<Exclusions, Unreadable> {
        Exclusions::parse(&self.exclude).map_err(|error| Unreadable::other("--exclude", error))
    }
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  hostprocess check -s policy.yaml deploy/          what the policy would deny of deploy/
  helm template mychart | hostprocess check -s policy.yaml -
  kubectl kustomize overlay | hostprocess check -s policy.yaml -
  kubectl get pods -A -o yaml | hostprocess check -s policy.yaml -
  hostprocess check -s policy.yaml --as alice --as-group on-call deploy/
                                                    what alice may create
  hostprocess check -s policy.yaml --as controllers deploy/
                                                    whether the pods of workloads come up
  hostprocess check -s policy.yaml --connect --as alice pods.yaml
                                                    which pods alice may exec into
  hostprocess check -s new.yaml --against old.yaml --fail-on newly-admitted deploy/
                                                    what a change of rules admits and denies
  hostprocess check -s policy.yaml --expect denied bad-examples/
                                                    whether the rules still deny bad examples
  hostprocess check -s policy.yaml -o sarif deploy/ > hostprocess.sarif

Exit status:
  0  the check passes
  1  the check fails: something is denied, or fails by --fail-on or --expect
  2  something could not be read, or there is no Kubernetes object, and nothing is denied")]
pub struct Check {
    #[command(flatten)]
    pub manifests: Manifests,
    /// File with a policy, also among other documents, or with settings alone
    ///
    /// With a policy, what its webhook rules and selectors select is judged; with settings alone,
    /// the kinds of Kubernetes that have pods. Without settings nothing may use HostProcess.
    #[arg(short, long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Settings as JSON
    #[arg(long, value_name = "JSON", conflicts_with = "settings")]
    pub settings_json: Option<String>,
    /// Name of the policy, if the file has several; GROUP/MEMBER for a member of a policy group
    #[arg(long, value_name = "NAME", requires = "settings")]
    pub policy: Option<String>,
    /// Compare with the settings in OLD-FILE, and list what is newly admitted or denied
    #[arg(long, value_name = "OLD-FILE", conflicts_with_all = ["verbose", "expect"])]
    pub against: Option<PathBuf>,
    /// Who sends the requests: a user, user:, group:, serviceaccount:NAMESPACE/NAME or controllers
    ///
    /// As for `kubectl --as`, a service account may also be written
    /// system:serviceaccount:NAMESPACE:NAME. `controllers` is a controller of Kubernetes, which
    /// creates the pods of a workload. Pods without an owner, which no controller creates, are then
    /// judged as without --as. Without --as, objects that only some requesters may create are listed
    /// with who may. An AdmissionRequest says itself who sent it.
    #[arg(long = "as", value_name = "USER")]
    pub user: Option<String>,
    /// A group of the requester; may be given several times
    #[arg(long = "as-group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Judge whether the requester may exec into the pods given
    #[arg(long, requires = "requester")]
    pub connect: bool,
    /// File with the cluster's nodes, for the node checks: kubectl get nodes -o yaml
    #[arg(long, value_name = "FILE")]
    pub nodes: Option<PathBuf>,
    /// File with a cluster's answers, as kwctl run records and replays them
    #[arg(long, value_name = "FILE")]
    pub replay_host_capabilities_interactions: Option<PathBuf>,
    /// Fail for this reason, too; may be given several times
    #[arg(long, value_name = "REASON", value_enum, value_delimiter = ',')]
    pub fail_on: Vec<FailOn>,
    /// Fail if an object that asks for HostProcess is not denied, or if there is none
    #[arg(long, value_name = "VERDICT", value_enum, conflicts_with = "fail_on")]
    pub expect: Option<Expectation>,
    /// Format of the report
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
    /// List what passes, too
    #[arg(short, long)]
    pub verbose: bool,
    /// Write nothing: the exit status tells the result
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// What fails a check besides an object that is denied.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum FailOn {
    /// An object is admitted with a warning
    Warned,
    /// It depends on the requester whether an object is admitted
    Requester,
    /// An object asks for HostProcess, and the policy would not judge it
    NotJudged,
    /// An object is admitted for requesters for whom it was denied before (with --against)
    NewlyAdmitted,
}

/// The verdict that every HostProcess object should have.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Expectation {
    /// Every object that asks for HostProcess is denied
    Denied,
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
    /// Annotations, for GitHub workflows
    Github,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  hostprocess validate policy.yaml
  hostprocess suggest -o policy deploy/ | hostprocess validate -

Exit status:
  0  everything is valid; there may be notes
  1  settings are not valid, or a policy does not do what is meant
  2  something could not be read")]
pub struct Validate {
    /// Files with policies or settings, `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Accept words with `$(NAME)`, which the kubelet replaces from the container's environment
    #[arg(long)]
    pub allow_variables: bool,
    /// Write nothing: the exit status tells the result
    #[arg(short, long)]
    pub quiet: bool,
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
  2  something could not be read, and the settings admit all else")]
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
    /// Who may ask: user:NAME, group:NAME, serviceaccount:NAMESPACE/NAME, controllers or rbac; may
    /// be given several times
    #[arg(long, value_name = "REQUESTER")]
    pub requested_by: Vec<String>,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  hostprocess rules                                 lists the names
  hostprocess rules calico azure-csi > settings.yaml
  hostprocess rules -o policy calico > policy.yaml

Exit status:
  0  the rules are written
  2  there are no rules for a name")]
pub struct Rules {
    /// Names of add-ons; without any, all names are listed
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// What to write
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}
