//! `hostprocess check`: what the policy would deny.

use std::path::Path;

use serde_json::Value;

use super::arguments::{Check, FailOn, Output};
use crate::judging::cluster::{self, Cluster};
use crate::judging::judge::Judge;
use crate::judging::outcome::Outcome;
use crate::judging::replay::Replay;
use crate::judging::report::{Changes, Gate, JudgedObject, Report, Summary};
use crate::judging::requester::Requester;
use crate::judging::settings::{self, Loaded};
use crate::reading::documents;
use crate::reading::field::Recording;
use crate::reading::files::Source;
use crate::reading::problem::{Problem, Unreadable};
use crate::reading::walk::Walk;

/// Which objects the report lists.
#[derive(Clone, Copy, PartialEq)]
enum Listing {
    /// All objects.
    Everything,
    /// Objects that ask for HostProcess.
    HostProcess,
    /// Objects that are denied, not judged, or admitted with a condition or a warning.
    Remarkable,
    /// Objects whose verdict changed, and objects that make the check fail.
    Changed,
    /// Objects that make the check fail.
    Failing,
}

/// What a check begins with.
struct Prepared {
    judge: Judge,
    /// What else decides in a cluster.
    notes: Vec<String>,
    /// The policy's `mode`; `None` without a policy.
    policy_mode: Option<String>,
}

/// Judges what the arguments point at.
///
/// # Errors
/// Nothing can be judged, because settings or answers of a cluster cannot be read.
pub fn check(arguments: &Check) -> Result<Report, Vec<Unreadable>> {
    let Prepared {
        judge,
        notes,
        policy_mode,
    } = prepare(arguments)?;
    let gate = read_gate(arguments);
    let listing = listing(arguments);
    let exclusions = arguments
        .manifests
        .exclusions()
        .map_err(|error| vec![error])?;
    let paths = arguments.manifests.paths();
    let mut summary = Summary {
        changes: judge.before.is_some().then(Changes::default),
        ..Summary::default()
    };
    let walk = Walk::through(&paths, &exclusions, &mut |manifest| {
        let object = judge.judge(manifest);
        summary.count(&object, &gate);
        // A cluster may have many objects. Only those that the report lists are kept.
        listing.includes(&object, &gate).then_some(object)
    });

    let excluded = walk
        .passed_over
        .iter()
        .filter(|passed_over| passed_over.is_excluded());
    summary.excluded = excluded.count();
    summary.passed_over = walk.passed_over.len() - summary.excluded;

    let mut report = Report {
        objects: walk.found,
        unreadable: walk.unreadable,
        passed_over: if arguments.verbose {
            walk.passed_over
        } else {
            Vec::new()
        },
        notes,
        policy_mode,
        summary,
        gate,
    };
    if report.summary.requester_unknown > 0 && judge.requester.is_none() {
        let note = "say who asks with --as USER, and --as-group GROUP";
        report.notes.push(String::from(note));
    }
    if report.summary.denied_without_namespace > 0 && arguments.manifests.namespace.is_none() {
        report.notes.push(format!(
            "objects that name no namespace are judged in \"{}\"; give theirs with -n",
            judge.namespace
        ));
    }
    Ok(report)
}

impl Listing {
    /// Returns whether the report lists `object`.
    fn includes(self, object: &JudgedObject, gate: &Gate) -> bool {
        let outcome = &object.outcome;
        match self {
            Listing::Everything => true,
            Listing::HostProcess => outcome.asks_for_host_process(),
            Listing::Changed => object.change().is_some() || gate.fails(object),
            Listing::Failing => gate.fails(object),
            Listing::Remarkable => match outcome {
                Outcome::Denied(_) | Outcome::AdmittedIf(..) | Outcome::NotJudged(_) => true,
                Outcome::Accepted | Outcome::Admitted(_) => !outcome.warnings().is_empty(),
            },
        }
    }
}

fn listing(arguments: &Check) -> Listing {
    if arguments.against.is_some() {
        Listing::Changed
    } else if arguments.verbose || arguments.output == Output::Junit {
        Listing::Everything
    } else if arguments.connect {
        Listing::HostProcess
    } else if arguments.expect.is_some() {
        Listing::Failing
    } else {
        Listing::Remarkable
    }
}

fn read_gate(arguments: &Check) -> Gate {
    let fails_on = |reason| arguments.fail_on.contains(&reason);
    Gate {
        fail_on_warned: fails_on(FailOn::Warned),
        fail_on_requester: fails_on(FailOn::Requester),
        fail_on_newly_admitted: fails_on(FailOn::NewlyAdmitted),
        fail_on_not_judged: fails_on(FailOn::NotJudged),
        expect_denied: arguments.expect.is_some(),
    }
}

/// Reads what to judge by.
///
/// # Errors
/// Everything that cannot be read: an error in one file hides no error in another.
fn prepare(arguments: &Check) -> Result<Prepared, Vec<Unreadable>> {
    let mut errors = Vec::new();
    errors.extend(check_fail_on(arguments).err());
    errors.extend(check_standard_input(arguments).err());
    let new = or_errors(read_settings(arguments), &mut errors);
    let old = or_errors(read_old_settings(arguments), &mut errors);
    let cluster = or_errors(read_cluster(arguments).map_err(single), &mut errors);
    let requester = or_errors(read_requester(arguments).map_err(single), &mut errors);
    let (Some(new), Some(old), Some(cluster), Some(requester)) = (new, old, cluster, requester)
    else {
        return Err(errors);
    };
    if !errors.is_empty() {
        return Err(errors);
    }

    let Loaded {
        guard,
        notes,
        policy_mode,
    } = new;
    let judge = Judge {
        guard,
        before: old.map(|old| old.guard),
        cluster,
        namespace: arguments.manifests.namespace().to_owned(),
        requester,
        connects: arguments.connect,
    };
    Ok(Prepared {
        judge,
        notes,
        policy_mode,
    })
}

/// Returns the value of `result`, or adds its errors to `errors`.
fn or_errors<T>(result: Result<T, Vec<Unreadable>>, errors: &mut Vec<Unreadable>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(more) => {
            errors.extend(more);
            None
        }
    }
}

fn single(error: Unreadable) -> Vec<Unreadable> {
    vec![error]
}

/// Checks that each reason to fail can occur.
fn check_fail_on(arguments: &Check) -> Result<(), Unreadable> {
    if arguments.fail_on.contains(&FailOn::NewlyAdmitted) && arguments.against.is_none() {
        return Err(Unreadable::other(
            "--fail-on newly-admitted",
            "needs --against OLD-FILE to compare with",
        ));
    }
    Ok(())
}

/// Checks that at most one argument is standard input, which can be read once.
fn check_standard_input(arguments: &Check) -> Result<(), Unreadable> {
    let files = [
        &arguments.settings,
        &arguments.against,
        &arguments.nodes,
        &arguments.replay_host_capabilities_interactions,
    ];
    let paths = arguments.manifests.paths();
    let files = files.into_iter().flatten().chain(&paths);
    if files.filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Unreadable::other(
            "-",
            "standard input can be read only once: give the other one as a file",
        ));
    }
    Ok(())
}

fn read_settings(arguments: &Check) -> Result<Loaded, Vec<Unreadable>> {
    match (&arguments.settings, &arguments.settings_json) {
        (Some(path), _) => settings::load(path, arguments.policy.as_deref()),
        (None, Some(json)) => settings::load_json(json),
        (None, None) => Ok(settings::deny_all()),
    }
}

/// Reads the settings to compare with; `None` if there are none.
fn read_old_settings(arguments: &Check) -> Result<Option<Loaded>, Vec<Unreadable>> {
    match &arguments.against {
        Some(path) => settings::load_against(path, arguments.policy.as_deref()).map(Some),
        None => Ok(None),
    }
}

fn read_requester(arguments: &Check) -> Result<Option<Requester>, Unreadable> {
    if arguments.user.is_none() && arguments.groups.is_empty() {
        return Ok(None);
    }
    Requester::parse(arguments.user.as_deref(), &arguments.groups)
        .map(Some)
        .map_err(|error| Unreadable::other(&error.argument, error.problem.to_string()))
}

fn read_cluster(arguments: &Check) -> Result<Cluster, Unreadable> {
    let recorded = match &arguments.replay_host_capabilities_interactions {
        Some(path) => Some(read_recording(path)?),
        None => None,
    };
    let nodes = match &arguments.nodes {
        Some(path) => Some(read_nodes(path)?),
        None => None,
    };
    Ok(Cluster { nodes, recorded })
}

fn read_recording(path: &Path) -> Result<Replay, Unreadable> {
    let source = Source::named(path);
    Replay::read(&source.read_text()?).map_err(|reason| {
        let text = format!("is not a recording of kwctl run: {reason}");
        source.unreadable(Problem::Other(text))
    })
}

fn read_nodes(path: &Path) -> Result<Vec<Value>, Unreadable> {
    let source = Source::named(path);
    let documents = documents::read_source(&source, Recording::Nothing)?;
    let values = documents.into_iter().map(|document| document.value);
    cluster::read_nodes(values.collect())
        .map_err(|reason| source.unreadable(Problem::Other(reason)))
}
