//! `hostprocess check`: what the policy would deny.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::arguments::{Check, FailOn, Output};
use crate::judging::cluster::Cluster;
use crate::judging::judge::Judge;
use crate::judging::outcome::Outcome;
use crate::judging::replay::Replay;
use crate::judging::report::{Changes, Gate, JudgedObject, Report, Summary, Tally};
use crate::judging::requester;
use crate::judging::settings::{self, Loaded};
use crate::reading::documents;
use crate::reading::files::Source;
use crate::reading::problem::{Problem, Unreadable};
use crate::reading::walk::Walk;

/// Which objects the report tells of.
#[derive(Clone, Copy, PartialEq)]
enum Telling {
    /// All of them.
    Everything,
    /// Those that ask for HostProcess.
    HostProcess,
    /// Those that a reader has to know of.
    Remarkable,
    /// Those whose verdict changed.
    Changed,
    /// Those that make the check fail.
    Failing,
}

/// An object that was found.
struct Found {
    tally: Tally,
    /// The object, if the report tells of it.
    told: Option<Box<JudgedObject>>,
}

/// Judges what the arguments point at.
///
/// # Errors
/// Nothing can be judged, because settings or answers of a cluster cannot be read.
pub fn check(arguments: &Check) -> Result<Report, Vec<Unreadable>> {
    let (judge, notes) = prepare(arguments)?;
    let gate = gate(arguments);
    let telling = telling(arguments);
    let mut summary = Summary {
        changes: judge.before.is_some().then(Changes::default),
        ..Summary::default()
    };

    let exclusions = arguments
        .manifests
        .exclusions()
        .map_err(|error| vec![error])?;
    let paths = arguments.manifests.paths();
    let walk = Walk::through(&paths, &exclusions, &mut |manifest| {
        let object = judge.judge(manifest);
        Some(Found {
            tally: object.tally(),
            told: telling.includes(&object, &gate).then(|| Box::new(object)),
        })
    });
    let excluded = walk.passed_over.iter();
    summary.excluded = excluded.filter(|one| one.is_excluded()).count();
    summary.passed_over = walk.passed_over.len() - summary.excluded;
    let mut objects = Vec::new();
    for found in walk.found {
        summary.count(&found.tally);
        objects.extend(found.told.map(|object| *object));
    }

    let mut report = Report {
        objects,
        unreadable: walk.unreadable,
        passed_over: if arguments.verbose {
            walk.passed_over
        } else {
            Vec::new()
        },
        notes,
        summary,
        gate,
    };
    if report.summary.depends_on_requester > 0 && judge.user_info.is_none() {
        let note = "say who asks with --as USER, and --as-group GROUP";
        report.notes.push(String::from(note));
    }
    Ok(report)
}

impl Telling {
    fn includes(self, object: &JudgedObject, gate: &Gate) -> bool {
        let outcome = &object.outcome;
        match self {
            Telling::Everything => true,
            Telling::HostProcess => outcome.asks_for_host_process(),
            Telling::Changed => object.change().is_some(),
            Telling::Failing => gate.fails(object),
            Telling::Remarkable => match outcome {
                Outcome::Denied(_) | Outcome::AdmittedIf(..) | Outcome::NotJudged(_) => true,
                Outcome::Accepted | Outcome::Admitted(_) => !outcome.warnings().is_empty(),
            },
        }
    }
}

fn telling(arguments: &Check) -> Telling {
    if arguments.against.is_some() {
        Telling::Changed
    } else if arguments.verbose || arguments.output == Output::Junit {
        Telling::Everything
    } else if arguments.connect {
        Telling::HostProcess
    } else if arguments.expect.is_some() {
        Telling::Failing
    } else {
        Telling::Remarkable
    }
}

fn gate(arguments: &Check) -> Gate {
    let fails_on = |reason| arguments.fail_on.contains(&reason);
    Gate {
        fail_on_warned: fails_on(FailOn::Warned),
        fail_on_requester: fails_on(FailOn::Requester),
        fail_on_newly_admitted: fails_on(FailOn::NewlyAdmitted),
        expect_denied: arguments.expect.is_some(),
    }
}

/// Returns what judges, and notes on what is not known here.
fn prepare(arguments: &Check) -> Result<(Judge, Vec<String>), Vec<Unreadable>> {
    let policy_name = arguments.policy.as_deref();
    let new = match (&arguments.settings, &arguments.settings_json) {
        (Some(path), _) => settings::load(path, policy_name),
        (None, Some(json)) => settings::parse(json),
        (None, None) => Ok(settings::none()),
    };
    let old = arguments.against.as_deref();
    let old = old
        .map(|path| settings::load(path, policy_name))
        .transpose();
    let cluster = read_cluster(arguments).map_err(|unreadable| vec![unreadable]);
    let user_info = read_requester(arguments).map_err(|unreadable| vec![unreadable]);

    match (new, old, cluster, user_info) {
        (Ok(new), Ok(old), Ok(cluster), Ok(user_info)) => {
            let Loaded { guard, notes } = new;
            let judge = Judge {
                guard,
                before: old.map(|old| old.guard),
                cluster,
                namespace: arguments.manifests.namespace.clone(),
                user_info,
                connects: arguments.connect,
            };
            Ok((judge, notes))
        }
        (new, old, cluster, user_info) => {
            let errors = [new.err(), old.err(), cluster.err(), user_info.err()];
            Err(errors.into_iter().flatten().flatten().collect())
        }
    }
}

fn read_requester(arguments: &Check) -> Result<Option<Value>, Unreadable> {
    if arguments.user.is_none() && arguments.groups.is_empty() {
        return Ok(None);
    }
    requester::user_info(arguments.user.as_deref(), &arguments.groups)
        .map(Some)
        .map_err(|error| Unreadable {
            file: error.argument,
            position: None,
            problem: Problem::Other(error.reason),
        })
}

fn read_cluster(arguments: &Check) -> Result<Cluster, Unreadable> {
    let recorded = arguments.replay_host_capabilities_interactions.as_deref();
    let recorded = recorded.map(read_recorded).transpose()?;
    let nodes = arguments.nodes.as_deref().map(read_nodes).transpose()?;
    Ok(Cluster { nodes, recorded })
}

fn read_recorded(path: &Path) -> Result<Replay, Unreadable> {
    let source = Source::named(path);
    let text = fs::read_to_string(path)
        .map_err(|error| source.unreadable(Problem::System(error.to_string())))?;
    Replay::read(&text).map_err(|reason| {
        let text = format!("is not a recording of kwctl run: {reason}");
        source.unreadable(Problem::Other(text))
    })
}

fn read_nodes(path: &Path) -> Result<Vec<Value>, Unreadable> {
    let source = Source::named(path);
    let documents = documents::of_source(&source)?;
    let documents = documents.into_iter().map(|node| node.value);
    Cluster::read_nodes(documents.collect())
        .map_err(|reason| source.unreadable(Problem::Other(reason.to_string())))
}
